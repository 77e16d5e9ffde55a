//! The properties of the parsers, asked of every input that is kept and of some made from them: the short form of the
//! search that `make fuzz` makes.

use kernel::{Env, SeededEntropy, SystemClock};
use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};
use tests::parsers::{ALL, Target};

/// How many inputs are made for each target.
const MADE: u32 = 1_500;

/// Longest input made, in bytes.
const BYTES_MAX: usize = 4 * 1024;

/// What the same run makes again.
const SEED: u64 = 20_260_115;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names of what lies in a folder, without what stands behind the dot.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is there").filter_map(Result::ok);
    entries.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect()
}

/// The inputs that are kept for a target, with their names, in order.
fn kept(target: &Target) -> Vec<(String, Vec<u8>)> {
    let place = folder().join("corpus").join(target.name);
    let read = |name: String| {
        let input = fs::read(place.join(&name)).expect("an input can be read");
        (name, input)
    };
    names(&place).into_iter().map(read).collect()
}

fn holds(target: &Target, input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| (target.check)(input))).is_ok()
}

#[test]
fn every_target_has_a_program_and_inputs_that_are_kept() {
    let targets: BTreeSet<String> = ALL.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&folder().join("corpus")), targets);
    assert_eq!(names(&folder().join("fuzz_targets")), targets);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for target in ALL {
        assert!(!kept(target).is_empty(), "{} has no input", target.name);
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{} is not built", target.name);
    }
}

#[test]
fn what_is_always_true_is_true_of_what_is_kept() {
    for target in ALL {
        for (name, input) in kept(target) {
            assert!(holds(target, &input), "{}/{name}", target.name);
        }
    }
}

#[test]
fn what_is_always_true_is_true_of_inputs_made_from_what_is_kept() {
    let words: Vec<Vec<u8>> =
        fs::read_to_string(folder().join("words.dict")).unwrap().lines().filter_map(word).collect();
    assert!(words.len() > 20, "{} words", words.len());
    for target in ALL {
        let env = Env::new(Arc::new(SystemClock), Arc::new(SeededEntropy::new(SEED)));
        let kept: Vec<Vec<u8>> = kept(target).into_iter().map(|(_, input)| input).collect();
        for _ in 0..MADE {
            let input = made(&env, &kept, &words);
            assert!(holds(target, &input), "{}: {}", target.name, input.escape_ascii());
        }
    }
}

/// A word of the dictionary, as it is written there.
fn word(line: &str) -> Option<Vec<u8>> {
    let quoted = line.strip_prefix('"')?.strip_suffix('"')?;
    Some(quoted.replace("\\\"", "\"").replace("\\\\", "\\").into_bytes())
}

/// One of the inputs, changed in a few places.
fn made(env: &Env, kept: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut input = pick(env, kept).clone();
    for _ in 0..=env.below(6) {
        let place = below(env, input.len() + 1);
        match env.below(6) {
            0 => input.insert(place, u8::try_from(env.below(256)).expect("a byte")),
            1 => drop(input.drain(place..input.len().min(place + 1 + below(env, 8)))),
            2 => drop(input.splice(place..place, pick(env, words).iter().copied())),
            3 => {
                let other = pick(env, kept);
                let from = below(env, other.len() + 1);
                input.truncate(place);
                input.extend_from_slice(&other[from..]);
            }
            4 => {
                if let Some(byte) = input.get_mut(place) {
                    *byte ^= 1 << env.below(8);
                }
            }
            _ => {
                let end = input.len().min(place + 1 + below(env, 64));
                let again = input[place..end].repeat(1 + below(env, 16));
                drop(input.splice(place..place, again));
            }
        }
        input.truncate(BYTES_MAX);
    }
    input
}

fn pick<'a>(env: &Env, from: &'a [Vec<u8>]) -> &'a Vec<u8> {
    &from[below(env, from.len())]
}

fn below(env: &Env, limit: usize) -> usize {
    env.below(u32::try_from(limit).expect("inputs are short")) as usize
}
