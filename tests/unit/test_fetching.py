"""What is fetched from another site comes from a public address, by https, in bounds; nothing else is reached."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lms.core.fetching import Fetcher, NotFetched

HOST = "tool.example"


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/slow":
            for _ in range(20):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
            return
        self.wfile.write(b"x" * 5000 if self.path == "/large" else self.headers["Host"].encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever breaks off does so on purpose."""


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, secret


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Run a site with a certificate for its name; yield its port, and what trusts it."""
    pem, secret = _certificate(tmp_path_factory.mktemp("tls"), HOST)
    server = _Quiet(("127.0.0.1", 0), _Answers)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(pem, secret)
    server.socket = secure.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port, ssl.create_default_context(cafile=str(pem))
    server.shutdown()
    server.server_close()


def fetcher(context: ssl.SSLContext, **other: float) -> Fetcher:
    return Fetcher(
        most_bytes=4000,
        most_s=other.get("most_s", 2.0),
        lookup=lambda _host, _port: ["127.0.0.1"],
        is_public=lambda _address: True,
        context=context,
    )


def test_a_document_is_fetched_by_its_name_from_the_address_that_was_looked_up(
    there: tuple[int, ssl.SSLContext],
) -> None:
    port, trusts = there
    assert fetcher(trusts).fetch(f"https://{HOST}:{port}/keys?a=1") == f"{HOST}:{port}".encode()


@pytest.mark.parametrize("path", ["/moved", "/large"])
def test_redirects_and_what_is_too_large_are_refused(there: tuple[int, ssl.SSLContext], path: str) -> None:
    port, trusts = there
    with pytest.raises(NotFetched):
        fetcher(trusts).fetch(f"https://{HOST}:{port}{path}")


def test_who_answers_drop_by_drop_is_not_waited_for(there: tuple[int, ssl.SSLContext]) -> None:
    port, trusts = there
    with pytest.raises(NotFetched, match=r"too slow|Timeout"):
        fetcher(trusts, most_s=0.3).fetch(f"https://{HOST}:{port}/slow")


def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(
    there: tuple[int, ssl.SSLContext],
) -> None:
    port, trusts = there
    with pytest.raises(NotFetched, match="CertVerification"):
        fetcher(trusts).fetch(f"https://other.example:{port}/keys")
    with pytest.raises(NotFetched, match="CertVerification"):
        fetcher(ssl.create_default_context()).fetch(f"https://{HOST}:{port}/keys")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0",
     "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:0:0:0:0:80ff:fffe"],
)  # fmt: skip
def test_no_address_of_ones_own_network_is_reached(address: str) -> None:
    def nobody(host: str, port: int) -> list[str]:
        return ["93.184.216.34", address]

    with pytest.raises(NotFetched, match="public"):
        Fetcher(lookup=nobody).fetch(f"https://{HOST}/keys")


@pytest.mark.parametrize(
    "address", ["http://tool.example/", "file:///etc/passwd", "https://user@tool.example/", "https://", "x"]
)
def test_only_https_is_spoken(address: str) -> None:
    with pytest.raises(NotFetched, match="https"):
        Fetcher(lookup=lambda _host, _port: ["93.184.216.34"]).fetch(address)
