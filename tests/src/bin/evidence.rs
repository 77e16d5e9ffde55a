//! Prints the page of evidence: `make evidence`.

#[expect(clippy::print_stdout, reason = "a program of the command line answers on stdout")]
fn main() {
    print!("{}", tests::evidence::page());
}
