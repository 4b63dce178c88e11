//! A server of static files, for this machine only.

use std::fs;
use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Result, anyhow};
use percent_encoding::percent_decode_str;
use tiny_http::{Header, Method, Request, Response, Server};

/// How many requests are answered at once.
const WORKERS: usize = 4;

/// A folder, served.
pub struct Site {
    server: Server,
    folder: PathBuf,
    address: SocketAddr,
}

impl Site {
    /// Serves `folder` on `port` of the loopback address; 0 is any free port.
    pub fn bind(folder: PathBuf, port: u16) -> Result<Self> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let server =
            Server::http(wanted).map_err(|error| anyhow!("cannot listen on {wanted}: {error}"))?;
        let address = server
            .server_addr()
            .to_ip()
            .ok_or_else(|| anyhow!("the server has no address"))?;
        Ok(Self {
            server,
            folder,
            address,
        })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers, in the background, as long as this program runs.
    pub fn start(self) -> Vec<thread::JoinHandle<()>> {
        let site = Arc::new(self);
        (0..WORKERS)
            .map(|_| {
                let site = Arc::clone(&site);
                thread::spawn(move || {
                    while let Ok(request) = site.server.recv() {
                        site.answer(request);
                    }
                })
            })
            .collect()
    }

    fn answer(&self, request: Request) {
        let response = match request.method() {
            Method::Get | Method::Head => respond(&self.folder, request.url()),
            _ => plain(405, "method not allowed"),
        };
        // Whoever asked may have gone; that is not our trouble.
        let _ = request.respond(response);
    }
}

type Answer = Response<Cursor<Vec<u8>>>;

fn respond(folder: &Path, url: &str) -> Answer {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let Some(mut file) = locate(folder, path) else {
        return plain(404, "not found");
    };
    if file.is_dir() {
        if !path.ends_with('/') {
            // Relative, so that it cannot lead to another host.
            let name = path.rsplit('/').next().unwrap_or_default();
            return with(plain(301, "moved"), "Location", &format!("{name}/"));
        }
        file.push("index.html");
    }
    match fs::read(&file) {
        Ok(bytes) => {
            let answer = with(
                Response::from_data(bytes),
                "Content-Type",
                content_type(&file),
            );
            let answer = with(answer, "Cache-Control", "no-store");
            with(answer, "X-Content-Type-Options", "nosniff")
        }
        Err(_) => plain(404, "not found"),
    }
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
    Response::from_string(format!("{text}\n")).with_status_code(status)
}

/// The answer with one more header; a value that is not ASCII is left out.
fn with(answer: Answer, name: &str, value: &str) -> Answer {
    match Header::from_bytes(name, value) {
        Ok(header) => answer.with_header(header),
        Err(()) => answer,
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
            let answer = respond(&folder, url);
            assert_eq!(answer.status_code().0, status, "{url}");
            let headers = answer.headers();
            let found = headers
                .iter()
                .find(|header| header.field.equiv("Content-Type"));
            if let Some(content) = content {
                assert_eq!(
                    found.map(|header| header.value.as_str()),
                    Some(content),
                    "{url}"
                );
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
}
