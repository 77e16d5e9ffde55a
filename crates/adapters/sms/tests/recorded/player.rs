//! A vendor that plays recorded answers, one connection each, and keeps what it heard.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};
use url::Url;

/// What to do with one request.
#[derive(Debug, Clone)]
pub enum Play {
    /// Answer with these bytes, then close.
    Answer(String),
    /// Close without an answer.
    HangUp,
    /// Never answer.
    Silence,
}

/// A JSON answer.
pub fn json(status: u16, body: &str) -> Play {
    let length = body.len();
    Play::Answer(format!(
        "HTTP/1.1 {status} Recorded\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    ))
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Heard {
    pub line: String,
    pub body: String,
    headers: Vec<(String, String)>,
}

impl Heard {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The playing vendor; its thread ends with the last play.
pub struct Player {
    url: Url,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Player {
    /// Plays `plays` in their order on a free port.
    pub fn start(plays: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = heard.clone();
        thread::spawn(move || {
            // Kept open until the end: closing them would be an answer.
            let mut silent = Vec::new();
            for play in plays {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let request = hear(&stream);
                hearing.lock().unwrap().push(request);
                match play {
                    Play::Answer(answer) => stream.write_all(answer.as_bytes()).unwrap_or_default(),
                    Play::HangUp => {}
                    Play::Silence => silent.push(stream),
                }
            }
            // Whoever is not answered gives up and closes first.
            for stream in silent {
                drop(stream.try_clone().map(|mut stream| stream.read(&mut [0; 1])));
            }
        });
        Self { url, heard }
    }

    /// An address where nobody listens: a low port that no test is given.
    pub fn nobody() -> Url {
        Url::parse("http://127.0.0.1:1").unwrap()
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What was heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn hear(stream: &TcpStream) -> Heard {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let headers: Vec<(String, String)> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Heard { line: lines[0].clone(), body: String::from_utf8(body).unwrap(), headers }
}
