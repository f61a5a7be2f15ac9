//! The API over TLS, with a certificate that is made now.

mod support;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};
use support::{config, TestBackend};
use tokio_rustls::rustls::{
    crypto::ring,
    pki_types::{pem::PemObject, CertificateDer, ServerName},
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
};
use zkfusion_prover::{Config, Handle, Service, StartError, Tls};

/// Makes a certificate for `localhost` and its key.
fn certificate(folder: &Path) -> Tls {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(' '))
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-out")
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    Tls { certificate, key }
}

fn start(data: &Path, tls: Option<Tls>, runtime: &tokio::runtime::Runtime) -> Result<Handle, StartError> {
    let config = Config {
        listen: ([0, 0, 0, 0], 0).into(),
        tls,
        ..config(data)
    };
    runtime.block_on(Service::start(config, TestBackend::new()))
}

/// Asks for the jobs over TLS and returns the answer.
fn ask(address: SocketAddr, root: &Path, token: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(root).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    write!(
        stream,
        "GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    // How a server hangs up is not of interest.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_service_beyond_loopback_speaks_tls_and_asks_for_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tls = certificate(folder.path());
    let root = tls.certificate.clone();
    let data = folder.path().join("data");
    let handle = start(&data, Some(tls), &runtime).unwrap();
    assert!(handle.url().starts_with("https://"));
    let address = SocketAddr::from(([127, 0, 0, 1], handle.address().port()));
    let token = std::fs::read_to_string(data.join("token")).unwrap();
    // Somebody who says nothing delays nobody.
    let silent = TcpStream::connect(address).unwrap();
    let answer = ask(address, &root, token.trim());
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("[]"),
        "{answer}"
    );
    assert!(ask(address, &root, "0").starts_with("HTTP/1.1 401"));
    // Without TLS there is no answer.
    let mut plain = TcpStream::connect(address).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    plain
        .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut bytes = Vec::new();
    let _ = plain.read_to_end(&mut bytes);
    assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
    drop(silent);
    runtime.block_on(handle.shutdown());
}

#[test]
fn files_that_are_no_certificate_or_key_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let good = certificate(folder.path());
    let data = folder.path().join("data");
    let swapped = Tls {
        certificate: good.key.clone(),
        key: good.certificate.clone(),
    };
    let missing = Tls {
        certificate: folder.path().join("nothing.pem"),
        key: good.key,
    };
    for (tls, named) in [(swapped, "key.pem"), (missing, "nothing.pem")] {
        match start(&data, Some(tls), &runtime) {
            Err(StartError::Tls(error)) => assert!(error.to_string().contains(named), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        start(&data, None, &runtime),
        Err(StartError::NotLoopback(_))
    ));
}
