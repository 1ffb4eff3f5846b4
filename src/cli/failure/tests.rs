//! Exit codes by who is at fault.

use super::*;

#[test]
fn causes_are_one_line_and_repeat_nothing() {
    let inner = std::io::Error::other("the disk is full");
    let error = anyhow::Error::new(inner).context("a: the disk is full").context("the file was not written");
    let said = Failure::environment(error).during("init.").line();
    assert_eq!(said, "guitu: init, because the file was not written, because a: the disk is full.\n");
    let said = Failure::wrong("two\n  lines").line();
    assert_eq!(said, "guitu: two lines.\n");
}

#[test]
fn a_refusal_of_a_rule_is_not_a_fault_of_the_machine() {
    assert_eq!(Failure::from(node::Error::PeerNotActive).code(), 1);
    assert_eq!(Failure::from(node::Error::Genotype).code(), 2);
    assert_eq!(Failure::from(node::Error::Corrupt("x")).code(), 3);
}
