//! One exchange with a partner: a request sent once, an answer read within its limit.

use reqwest::{Error, RequestBuilder, Response, header::HeaderMap};

/// What a partner answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the partner says that it did what was asked.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// No answer was had. The causes hold no address, since a partner's may hold a secret or a number.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection could not be opened: certainly nothing was done.
    #[error("the partner cannot be reached")]
    Unsent(#[source] Error),
    /// The connection broke or the time was up: the call may have been carried out.
    #[error("the partner's answer was lost")]
    Lost(#[source] Error),
    /// The answer is longer than it may be; the call may have been carried out.
    #[error("the partner's answer is too long")]
    TooLong,
}

impl CallError {
    /// Whether the time was up, and with it a caller's patience.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Unsent(error) | Self::Lost(error) => error.is_timeout(),
            Self::TooLong => false,
        }
    }
}

/// Makes the call once and reads at most `bytes_max` of its answer. Only a failure to connect proves that nothing was
/// sent.
///
/// # Errors
/// When no whole answer within the limit was had.
pub async fn exchange(request: RequestBuilder, bytes_max: usize) -> Result<Answer, CallError> {
    let mut response = request.send().await.map_err(|error| {
        let unsent = error.is_connect() || error.is_builder();
        let error = error.without_url();
        if unsent { CallError::Unsent(error) } else { CallError::Lost(error) }
    })?;
    let body = read(&mut response, bytes_max).await?;
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

async fn read(response: &mut Response, bytes_max: usize) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| CallError::Lost(error.without_url()))? {
        if body.len().saturating_add(piece.len()) > bytes_max {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_for;
    use std::time::Duration;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use url::Url;

    /// A partner that answers one call with these bytes and hangs up.
    async fn partner(answer: &'static str) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the partner of this test, gone with its runtime")]
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 1024]).await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
        });
        Url::parse(&format!("http://{address}")).unwrap()
    }

    async fn call(base: Url, bytes_max: usize) -> Result<Answer, CallError> {
        let client = client_for(&base).timeout(Duration::from_millis(500)).build().unwrap();
        exchange(client.get(base), bytes_max).await
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_and_no_further_than_its_limit() {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nx-id: 7\r\n\r\nnone";
        let whole = call(partner(answer).await, 4).await.unwrap();
        assert_eq!((whole.status, whole.body.as_slice()), (404, &b"none"[..]));
        assert_eq!(whole.headers["x-id"], "7");
        assert!(matches!(call(partner(answer).await, 3).await, Err(CallError::TooLong)));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_like_any_other() {
        let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(call(partner(answer).await, 10).await.unwrap().status, 302);
    }

    #[tokio::test]
    async fn what_was_not_sent_is_told_from_what_was_lost() {
        let broken = call(partner("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal").await, 100).await;
        let Err(CallError::Lost(error)) = broken else { panic!("{broken:?}") };
        assert!(!format!("{error:?}").contains("127.0.0.1"), "{error:?}");
        let nobody = call(Url::parse("http://127.0.0.1:1").unwrap(), 100).await;
        assert!(matches!(nobody, Err(CallError::Unsent(_))), "{nobody:?}");
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = Url::parse(&format!("http://{}", silent.local_addr().unwrap())).unwrap();
        assert!(call(silent, 100).await.unwrap_err().is_timeout());
    }

    #[tokio::test]
    async fn where_the_base_has_tls_nothing_goes_out_without() {
        let client = client_for(&Url::parse("https://a.example").unwrap()).build().unwrap();
        let plain = exchange(client.get("http://127.0.0.1:1"), 100).await;
        assert!(matches!(plain, Err(CallError::Unsent(error)) if error.is_builder()));
    }
}
