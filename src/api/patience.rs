//! A connection that ends when its other side takes too long: to send the head of a request, whichever
//! of the connection's requests it is, or to take in an answer.
//!
//! The framework limits the head of the first request only; a body has its own deadline where it is
//! read. Knows the blank line that ends a head (RFC 9112 §2.1) and nothing else of HTTP. Invariant: a
//! request that arrives whole costs no timer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

const END_OF_HEAD: &[u8; 4] = b"\r\n\r\n";
/// How long an answer may make no way at all.
const STALL: Duration = Duration::from_secs(30);
/// How long a connection's answers may be waited for in all, beside what their bytes earn.
const GRACE: Duration = Duration::from_mins(1);
/// How many bytes, once they are taken in, earn a second: whoever takes in fewer holds an answer in memory.
const EARNING: u64 = 4 << 10;

/// What has arrived since the last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrived {
    Nothing,
    /// A part of a head; so many bytes of its end are there.
    Part(usize),
    Head,
}

/// A connection that is waited for, but not for ever.
#[derive(Debug)]
pub(super) struct Patient<T, G> {
    io: T,
    limit: Duration,
    stall: Duration,
    /// How long its answers may still be waited for, at most [`GRACE`].
    credit: Duration,
    arrived: Arrived,
    reading: Option<Pin<Box<Sleep>>>,
    /// Since when a write is waited for, and until when.
    writing: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Held as long as the connection lives.
    _guard: G,
}

impl<T, G> Patient<T, G> {
    /// Waits for the rest of a head for `limit` from its first byte; `guard` is dropped with the connection.
    pub(super) fn new(io: T, limit: Duration, guard: G) -> Self {
        Self {
            io,
            limit,
            stall: STALL,
            credit: GRACE,
            arrived: Arrived::Nothing,
            reading: None,
            writing: None,
            _guard: guard,
        }
    }

    /// The connection below.
    pub(super) const fn below(&self) -> &T {
        &self.io
    }

    fn saw(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let matched = match self.arrived {
                Arrived::Head => return,
                Arrived::Nothing => 0,
                Arrived::Part(matched) => matched,
            };
            let matched = match *byte {
                byte if END_OF_HEAD.get(matched) == Some(&byte) => matched + 1,
                b'\r' => 1,
                _ => 0,
            };
            self.arrived = if matched == END_OF_HEAD.len() { Arrived::Head } else { Arrived::Part(matched) };
        }
    }

    /// Whether a head has been on its way for too long.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if !matches!(self.arrived, Arrived::Part(_)) {
            self.reading = None;
            return Poll::Pending;
        }
        let limit = self.limit;
        ready!(self.reading.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }

    /// What a write came to, unless it has stood still, or its connection was waited for, for too long.
    fn poll_way<R>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            let waited = self.writing.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            self.credit = self.credit.saturating_sub(waited);
            return polled;
        }
        let limit = self.stall.min(self.credit);
        let begin = || (Instant::now(), Box::pin(sleep(limit)));
        ready!(self.writing.get_or_insert_with(begin).1.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// So many bytes were taken in.
    fn earn(&mut self, bytes: usize) {
        let earned = Duration::from_micros(bytes as u64 * 1_000_000 / EARNING);
        self.credit = self.credit.saturating_add(earned).min(GRACE);
    }
}

impl<T: AsyncRead + Unpin, G: Unpin> AsyncRead for Patient<T, G> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        this.saw(buf.filled().get(before..).unwrap_or_default());
        match this.poll_head(cx) {
            Poll::Ready(late) => Poll::Ready(Err(late)),
            Poll::Pending => polled,
        }
    }
}

impl<T: AsyncWrite + Unpin, G: Unpin> AsyncWrite for Patient<T, G> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // An answer begins: what arrives from now on is the next request.
        this.arrived = Arrived::Nothing;
        let polled = Pin::new(&mut this.io).poll_write(cx, bytes);
        let written = ready!(this.poll_way(cx, polled))?;
        this.earn(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_flush(cx);
        this.poll_way(cx, polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::timeout;

    use super::*;

    fn arrived(pieces: &[&str]) -> Arrived {
        let mut patient = Patient::new((), Duration::ZERO, ());
        for piece in pieces {
            patient.saw(piece.as_bytes());
        }
        patient.arrived
    }

    #[test]
    fn a_head_ends_at_its_blank_line_however_it_is_cut() {
        assert_eq!(arrived(&[]), Arrived::Nothing);
        assert_eq!(arrived(&["GET / HTTP/1.1\r\nhost: a\r\n"]), Arrived::Part(2));
        assert_eq!(arrived(&["GET / HTTP/1.1\r\n\r", "\n{}"]), Arrived::Head);
        assert_eq!(arrived(&["a\r\r\n", "\r\r\n\r\n"]), Arrived::Head);
        assert_eq!(arrived(&["a\r\nb\r\n"]), Arrived::Part(2));
    }

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn every_head_has_its_limit_and_idleness_none() {
        let (mut far, near) = duplex(1_024);
        let mut near = Patient::new(near, SHORT, ());
        let mut buffer = [0; 64];
        for _ in 0..2 {
            assert!(timeout(SHORT * 3, near.read(&mut buffer)).await.is_err());
            far.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
            assert_eq!(near.read(&mut buffer).await.unwrap(), 18);
            assert!(timeout(SHORT * 3, near.read(&mut buffer)).await.is_err());
            near.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
        far.write_all(b"G").await.unwrap();
        assert_eq!(near.read(&mut buffer).await.unwrap(), 1);
        let late = near.read(&mut buffer).await.unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_takes_nothing_in_is_not_waited_for() {
        let (_far, near) = duplex(8);
        let mut near = Patient { stall: SHORT, ..Patient::new(near, SHORT, ()) };
        let late = near.write_all(&[b'x'; 64]).await.unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_takes_in_an_answer_byte_by_byte_is_not_waited_for() {
        let (mut far, near) = duplex(1);
        let mut near = Patient { credit: SHORT * 5, ..Patient::new(near, SHORT, ()) };
        let answer = near.write_all(&[b'x'; 1_000]);
        let reader = async {
            let mut ticks = tokio::time::interval(SHORT / 4);
            let mut buffer = [0];
            while far.read(&mut buffer).await.is_ok_and(|read| read == 1) {
                ticks.tick().await;
            }
        };
        tokio::select! {
            late = answer => assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut),
            () = reader => unreachable!("the other side lives as long as this test"),
        }
    }

    #[tokio::test]
    async fn what_is_taken_in_earns_time() {
        let (mut far, near) = duplex(1 << 10);
        let mut near = Patient { credit: SHORT * 5, ..Patient::new(near, SHORT, ()) };
        let (answer, mut taken) = (vec![b'x'; 1 << 20], vec![0; 1 << 20]);
        let (written, read) = tokio::join!(near.write_all(&answer), far.read_exact(&mut taken));
        assert!(written.is_ok() && read.is_ok() && near.credit > SHORT * 5);
    }
}
