//! The first journey of the front page, pasted line by line into a shell beside a fresh sandbox.

use serde_json::Value;
use std::process::Stdio;
use tests::{Program, harness::program::open_folder};
use tokio::{io::AsyncWriteExt as _, process::Command};

const FRONT_PAGE: &str = include_str!("../../README.md");

/// What the front page says the address is.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// Printed between blocks, to tell their answers apart.
const MARK: &str = "=== end of block";

/// One block of commands, and the answers shown below it.
struct Step {
    commands: String,
    answers: Vec<String>,
}

/// The journey's steps, as the page shows them.
fn steps() -> Vec<Step> {
    let journey = FRONT_PAGE.split("## A first journey").nth(1).expect("the page has a journey");
    let journey = journey.split("\n## ").next().expect("it ends");
    let mut steps: Vec<Step> = Vec::new();
    for block in journey.split("```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        if language == "sh" {
            steps.push(Step { commands: text.to_owned(), answers: Vec::new() });
            continue;
        }
        assert_eq!(language, "json", "commands or answers");
        let step = steps.last_mut().expect("answers follow commands");
        step.answers.extend(text.lines().map(str::to_owned));
    }
    steps
}

/// Names and kinds without values: ids and times differ from run to run.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), shape(member))).collect::<Value>()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) | Value::Null => value.clone(),
    }
}

/// Runs all commands in one shell, as a person pastes them; answers what each block printed.
async fn paste(program: &Program, steps: &[Step]) -> Vec<Vec<String>> {
    let mut script: String = steps.iter().map(|step| format!("{}echo '{MARK}'\n", step.commands)).collect();
    assert!(script.contains(ADDRESS), "the page names no address");
    script = script.replace(ADDRESS, &program.url(""));
    let mut shell = Command::new("bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("bash is there");
    let mut stdin = shell.stdin.take().expect("it listens");
    stdin.write_all(script.as_bytes()).await.expect("it reads");
    drop(stdin);
    let limit = std::time::Duration::from_secs(120);
    let output = tokio::time::timeout(limit, shell.wait_with_output()).await.expect("the journey ends");
    let output = String::from_utf8(output.expect("bash ends").stdout).expect("text");
    output.split(MARK).map(|block| block.lines().map(str::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_journey_works_as_it_is_shown() {
    let folder = open_folder();
    let program = Program::sandbox(&folder.path().join("data"), &folder.path().join("log")).await;
    let steps = steps();
    let printed = paste(&program, &steps).await;
    assert!(steps.len() >= 5 && printed.len() == steps.len() + 1, "{printed:#?}");
    for (step, printed) in steps.iter().zip(&printed) {
        let printed: Vec<_> = printed.iter().filter(|line| line.starts_with('{')).collect();
        assert_eq!(printed.len(), step.answers.len(), "{}\nprinted {printed:#?}", step.commands);
        for (shown, printed) in step.answers.iter().zip(printed) {
            match serde_json::from_str::<Value>(shown) {
                Ok(shown) => {
                    let printed: Value = serde_json::from_str(printed).expect("JSON");
                    assert_eq!(shape(&printed), shape(&shown), "{}", step.commands);
                    for telling in ["error", "status", "wallet_status", "fulfilment", "current_balance"] {
                        assert_eq!(printed[telling], shown[telling], "{}", step.commands);
                    }
                }
                // Cut short on the page, and so in the shell.
                Err(_) => assert_eq!(printed.get(..30), shown.get(..30)),
            }
        }
    }
    assert!(program.terminate().await.success());
}
