//! Vectors that others published, through the program itself; and the example bundles.
