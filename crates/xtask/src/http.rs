//! A server of static files, for this machine only.
//!
//! A connection has a thread of its own: a browser opens several at once and
//! keeps them, and none may wait for another to be closed. Only what a browser
//! asks a folder is answered: `GET` and `HEAD`, without ranges.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use percent_encoding::percent_decode_str;

/// The longest head of a request, in bytes.
const LONGEST: usize = 64 * 1024;

/// The most headers of a request.
const HEADERS: usize = 100;

/// Folders, served as if they were one: what an earlier one has hides the same
/// of a later one.
pub struct Site {
    listener: TcpListener,
    folders: Arc<[PathBuf]>,
    address: SocketAddr,
}

impl Site {
    /// Serves `folders` on `port` of the loopback address; 0 is any free port.
    pub fn bind(folders: &[PathBuf], port: u16) -> Result<Self> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener =
            TcpListener::bind(wanted).with_context(|| format!("cannot listen on {wanted}"))?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            folders: folders.into(),
            address,
        })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers, in the background, as long as this program runs.
    pub fn start(self) -> thread::JoinHandle<()> {
        thread::spawn(move || {
            for stream in self.listener.incoming().flatten() {
                let folders = self.folders.clone();
                // Whoever asked may have gone; that is not our trouble.
                thread::spawn(move || drop(converse(stream, &folders)));
            }
        })
    }
}

/// What is sent back.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// Answers one request after the other until the browser has enough.
fn converse(stream: TcpStream, folders: &[PathBuf]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(head) = head(&mut reader)? {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let (answer, body, stays) = match (request.parse(&head), request.method, request.path) {
            (Ok(_), Some(method @ ("GET" | "HEAD")), Some(path)) => {
                (respond(folders, path), method == "GET", !closes(&request))
            }
            (Ok(_), Some(_), _) => (plain(405, "method not allowed"), true, false),
            _ => (plain(400, "not understood"), true, false),
        };
        send(&mut writer, &answer, body, stays)?;
        if !stays {
            break;
        }
    }
    Ok(())
}

/// The head of the next request, to its empty line; nothing where there is none.
fn head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    loop {
        let read = reader.read_until(b'\n', &mut head)?;
        if read == 0 || head.len() > LONGEST {
            return Ok(None);
        }
        if head.ends_with(b"\r\n\r\n") {
            return Ok(Some(head));
        }
    }
}

/// Is this the browser's last request on its connection?
fn closes(request: &httparse::Request<'_, '_>) -> bool {
    let connection = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("connection"));
    connection.map_or(request.version == Some(0), |header| {
        header.value.eq_ignore_ascii_case(b"close")
    })
}

fn send(writer: &mut TcpStream, answer: &Answer, body: bool, stays: bool) -> io::Result<()> {
    let mut out = format!("HTTP/1.1 {} \r\n", answer.status).into_bytes();
    let length = answer.body.len();
    let connection = if stays { "keep-alive" } else { "close" };
    write!(
        out,
        "Content-Length: {length}\r\nConnection: {connection}\r\n"
    )?;
    for (name, value) in &answer.headers {
        write!(out, "{name}: {value}\r\n")?;
    }
    out.extend_from_slice(b"\r\n");
    if body {
        out.extend_from_slice(&answer.body);
    }
    writer.write_all(&out)
}

fn respond(folders: &[PathBuf], url: &str) -> Answer {
    let mut answers = folders.iter().map(|folder| respond_from(folder, url));
    answers
        .find(|answer| answer.status != 404)
        .unwrap_or_else(|| plain(404, "not found"))
}

fn respond_from(folder: &Path, url: &str) -> Answer {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let Some(mut file) = locate(folder, path) else {
        return plain(404, "not found");
    };
    if file.is_dir() {
        if !path.ends_with('/') {
            // Relative, so that it cannot lead to another host.
            let name = path.rsplit('/').next().unwrap_or_default();
            return plain(301, "moved").with("Location", format!("{name}/"));
        }
        file.push("index.html");
    }
    let Ok(body) = fs::read(&file) else {
        return plain(404, "not found");
    };
    let answer = Answer {
        status: 200,
        headers: Vec::new(),
        body,
    };
    answer
        .with("Content-Type", content_type(&file).to_owned())
        .with("Cache-Control", "no-store".to_owned())
        .with("X-Content-Type-Options", "nosniff".to_owned())
}

/// The file that the path of a URL names; nothing outside of `folder`.
fn locate(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let relative = Path::new(path.trim_start_matches('/'));
    let inside = !path.contains(['\\', '\0'])
        && relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
    inside.then(|| folder.join(relative))
}

fn plain(status: u16, text: &str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: format!("{text}\n").into_bytes(),
    }
    .with("Content-Type", "text/plain; charset=utf-8".to_owned())
}

impl Answer {
    /// The same with one more header.
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// The MIME type that a browser insists on.
fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md" | "ts") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file_inside() {
        let check = |path: &str, file: Option<&str>| {
            let file = file.map(|file| Path::new("/site").join(file));
            assert_eq!(locate(Path::new("/site"), path), file, "{path}");
        };
        check("/", Some(""));
        check("/js/main.js", Some("js/main.js"));
        check("/a%20b.txt", Some("a b.txt"));
        check("//etc/passwd", Some("etc/passwd"));
        check("/../secret", None);
        check("/js/../../secret", None);
        check("/%2e%2e/secret", None);
        check("/..%2fsecret", None);
        check("/..%5csecret", None);
        check("/%ff", None);
    }

    #[test]
    fn answers_bear_the_right_type() {
        let folder = std::env::temp_dir().join(format!("packetwalk-http-{}", std::process::id()));
        fs::create_dir_all(folder.join("pkg")).expect("a folder");
        fs::write(folder.join("index.html"), "<!doctype html>").expect("a file");
        fs::write(folder.join("pkg/a.wasm"), b"\0asm").expect("a file");
        let check = |url: &str, status: u16, content: Option<&str>| {
            let answer = respond(std::slice::from_ref(&folder), url);
            assert_eq!(answer.status, status, "{url}");
            let found = answer
                .headers
                .iter()
                .find(|(name, _)| *name == "Content-Type");
            if let Some(content) = content {
                let found = found.map(|(_, value)| value.as_str());
                assert_eq!(found, Some(content), "{url}");
            }
        };
        check("/", 200, Some("text/html; charset=utf-8"));
        check("/?lang=zh", 200, Some("text/html; charset=utf-8"));
        check("/pkg/a.wasm", 200, Some("application/wasm"));
        check("/pkg", 301, None);
        check("/pkg/", 404, None);
        check("/nothing.js", 404, None);
        fs::remove_dir_all(&folder).expect("the folder goes");
    }

    #[test]
    fn an_earlier_folder_hides_a_later_one() {
        let name = format!("packetwalk-http-over-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        for (file, text) in [
            ("one/embed/frame.html", "built"),
            ("two/embed/frame.html", "source"),
            ("two/embed/element.js", "source"),
            ("one/lessons/index.html", "built"),
            ("two/lessons/01.md", "source"),
            ("two/index.html", "page"),
        ] {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        let folders = ["one", "two"].map(|name| folder.join(name));
        let check = |url: &str, status: u16, body: &str| {
            let answer = respond(&folders, url);
            let found = String::from_utf8(answer.body).expect("text");
            assert_eq!((answer.status, found.trim()), (status, body), "{url}");
        };
        check("/", 200, "page");
        check("/embed/frame.html", 200, "built");
        check("/embed/element.js", 200, "source");
        check("/lessons", 301, "moved");
        check("/lessons/", 200, "built");
        check("/lessons/01.md", 200, "source");
        check("/lessons/02.md", 404, "not found");
        check("/../one/index.html", 404, "not found");
        fs::remove_dir_all(&folder).expect("the folder goes");
    }

    #[test]
    fn no_connection_waits_for_another() {
        let name = format!("packetwalk-http-many-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("a.txt"), "here").expect("a file");
        let site = Site::bind(std::slice::from_ref(&folder), 0).expect("a port");
        let address = site.address;
        site.start();
        let mut open: Vec<TcpStream> = (0..12)
            .map(|_| TcpStream::connect(address).expect("a connection"))
            .collect();
        // Each is asked twice, and all stay open all the time.
        for _ in 0..2 {
            for stream in &mut open {
                let request = b"GET /a.txt HTTP/1.1\r\nHost: here\r\n\r\n";
                stream.write_all(request).expect("a request is sent");
            }
            for stream in &mut open {
                let wait = std::time::Duration::from_secs(20);
                stream.set_read_timeout(Some(wait)).expect("a limit");
                let mut reader = BufReader::new(stream);
                let mut lines = String::new();
                while !lines.ends_with("\r\n\r\n") {
                    assert!(reader.read_line(&mut lines).expect("a line") > 0, "{lines}");
                }
                let mut body = [0; 4];
                io::Read::read_exact(&mut reader, &mut body).expect("a body");
                assert!(lines.starts_with("HTTP/1.1 200 "), "{lines}");
                assert_eq!(&body, b"here", "{lines}");
            }
        }
        fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
