//! Files and functions stay small.

use super::source::{Finding, Source};
use super::tokens::Token;

const FILE_MAX: usize = 400;
const FILE_MEDIAN: usize = 120;
const FUNCTION_MAX: usize = 60;
const FUNCTION_MEDIAN: usize = 10;

/// Rule: no file over 400 lines, no function over 60.
pub(crate) fn longest(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_MAX {
        found.push(source.finding(
            lines,
            "sizes",
            format_args!("{lines} lines in a file, at most {FILE_MAX}"),
        ));
    }
    for function in functions(&source.tokens).iter().filter(|function| function.lines > FUNCTION_MAX) {
        let what = format!("`{}` has {} lines, at most {FUNCTION_MAX}", function.name, function.lines);
        found.push(source.finding(function.line, "sizes", what));
    }
    found
}

/// Rule: the median file has at most 120 lines, the median function at most 10.
pub(crate) fn medians(sources: &[Source]) -> Result<(), String> {
    let files = median(sources.iter().map(|source| source.text.lines().count()).collect());
    let each = sources.iter().flat_map(|source| functions(&source.tokens));
    let functions = median(each.map(|function| function.lines).collect());
    if files > FILE_MEDIAN || functions > FUNCTION_MEDIAN {
        return Err(format!(
            "median file {files} lines (at most {FILE_MEDIAN}), median function {functions} (at most {FUNCTION_MEDIAN})"
        ));
    }
    Ok(())
}

fn median(mut sizes: Vec<usize>) -> usize {
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or(0)
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions that have a body, nested ones included.
fn functions(tokens: &[Token]) -> Vec<Function> {
    let starts = tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].is("fn") && pair[1].is_name());
    let measured = starts.filter_map(|(at, pair)| {
        let end = body_end(&tokens[at..])?;
        Some(Function { name: pair[1].text.clone(), line: pair[0].line, lines: end - pair[0].line + 1 })
    });
    measured.collect()
}

/// The line of the brace that closes the first body in `tokens`; none for a declaration.
fn body_end(tokens: &[Token]) -> Option<usize> {
    let (mut braces, mut round) = (0_usize, 0_usize);
    for token in tokens {
        match token.text.as_str() {
            "(" | "[" => round += 1,
            ")" | "]" => round = round.saturating_sub(1),
            ";" if braces == 0 && round == 0 => return None,
            "{" => braces += 1,
            "}" if braces == 1 => return Some(token.line),
            "}" => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::source::found_in;
    use super::*;

    #[test]
    fn a_long_function_is_found_where_it_begins() {
        let body = |lines: usize| {
            format!("trait T {{ fn none(); }}\nfn long() -> [u8; 2] {{\n{}}}", "x();\n".repeat(lines))
        };
        assert_eq!(found_in(longest, "src/a.rs", &body(58)), []);
        assert_eq!(found_in(longest, "src/a.rs", &body(59)), [(2, "sizes")]);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(found_in(longest, "src/a.rs", &"//\n".repeat(400)), []);
        assert_eq!(found_in(longest, "src/a.rs", &"//\n".repeat(401)), [(401, "sizes")]);
    }

    #[test]
    fn medians_are_held() {
        let file = |lines: usize| Source::new("src/a.rs", &"//\n".repeat(lines));
        let functions =
            |lines: usize| Source::new("src/a.rs", &format!("fn f() {{\n{}}}", "x();\n".repeat(lines)));
        assert_eq!(medians(&[file(1), file(120), file(400)]), Ok(()));
        assert!(medians(&[file(1), file(121), file(400)]).is_err());
        assert!(medians(&[functions(2), functions(9), functions(50)]).is_err());
    }
}
