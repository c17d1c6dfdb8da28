"""Messages are posted signed, tried again, and never into a network that is not allowed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
import subprocess
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from hook_server import Hooked, hook_server
from pydantic import SecretStr

from canopy.errors import LimitExceeded, Refused
from canopy.webhook import MAX_BODY_BYTES, Webhook, WebhookNotSent, new_secret, post, signature

HERE = (ip_network("127.0.0.0/8"),)
AT_S = 1_900_000_000
# Of the test of svix's own library: secret, id, time, body and what it signs.
KNOWN = (
    SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1_614_265_330, b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)  # fmt: skip


@pytest.fixture
def hooked() -> Iterator[Hooked]:
    with hook_server() as made:
        yield made


def hook(made: Hooked, path: str = "/in?from=camford", **more: object) -> Webhook:
    usual: dict[str, object] = {
        "url": f"http://127.0.0.1:{made.port}{path}", "secret": new_secret(), "timeout_s": 2.0,
        "attempts": 3, "allowed": HERE,
    }  # fmt: skip
    return Webhook(**usual | more)  # type: ignore[arg-type]


def posted(to: Webhook, waits: list[float] | None = None) -> int:
    sleeps: list[float] = [] if waits is None else waits
    return post(
        to, "msg_1", b'{"alerts":1}',
        clock=lambda: AT_S + 0.9, sleep=sleeps.append, jitter=lambda: 0.5,
    )  # fmt: skip


def test_a_signature_is_that_of_the_standard() -> None:
    """As svix's library has it in its own test."""
    secret, message_id, at_s, body, expected = KNOWN
    assert signature(secret, message_id, at_s, body) == expected


def test_a_message_arrives_with_a_signature_over_what_arrived(hooked: Hooked) -> None:
    to = hook(hooked)
    assert posted(to) == 1
    [(path, headers, body)] = hooked.posts
    assert (path, body) == ("/in?from=camford", b'{"alerts":1}')
    key = base64.b64decode(to.secret.get_secret_value().removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert headers["webhook-timestamp"] == str(AT_S)


def test_it_is_tried_again_with_the_same_id_until_it_is_taken(hooked: Hooked) -> None:
    """After half of 1 s, then as long as the other side asks for."""
    hooked.answers = [(503, {}), (429, {"Retry-After": "7"}), (200, {})]
    waits: list[float] = []
    assert posted(hook(hooked), waits) == 3
    assert waits == [0.5, 7.0]
    assert {headers["webhook-id"] for _, headers, _ in hooked.posts} == {"msg_1"}


def test_it_ends_after_the_last_attempt_without_waiting(hooked: Hooked) -> None:
    hooked.answers = [(500, {"Retry-After": "999999"})]
    waits: list[float] = []
    with pytest.raises(WebhookNotSent, match="after 3 of 3 attempts: it answered 500"):
        posted(hook(hooked), waits)
    assert waits == [60.0, 60.0]


@pytest.mark.parametrize("status", [301, 307, 400, 401, 410])
def test_what_another_attempt_cannot_mend_is_not_tried_again(hooked: Hooked, status: int) -> None:
    """A redirection is not followed: it could lead inside."""
    hooked.answers = [(status, {"Location": f"http://127.0.0.1:{hooked.port}/other"})]
    with pytest.raises(WebhookNotSent, match=f"1 of 3 attempts: it answered {status}"):
        posted(hook(hooked))
    assert len(hooked.posts) == 1


def test_an_answer_that_drips_is_cut_off(hooked: Hooked) -> None:
    """Each byte is in time, the whole is not."""
    hooked.drip_s = 0.05
    began_s = time.monotonic()
    with pytest.raises(WebhookNotSent):
        posted(hook(hooked, timeout_s=0.4, attempts=1))
    assert time.monotonic() - began_s < 2


def test_nobody_there_is_told_and_tried_again() -> None:
    with hook_server() as gone:
        pass
    waits: list[float] = []
    with pytest.raises(WebhookNotSent, match="refused"):
        posted(hook(gone), waits)
    assert len(waits) == 2


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",
     "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.1.2.3", "192.168.0.1", "169.254.169.254",
     "[fe80::1]", "[fd00::1]", "100.64.0.1", "224.0.0.1"],
)  # fmt: skip
def test_an_inner_network_is_refused_unless_allowed(hooked: Hooked, host: str) -> None:
    """However it is written; no byte is sent."""
    with pytest.raises(Refused, match="may not be connected to"):
        posted(hook(hooked, url=f"https://{host}:{hooked.port}/", allowed=()))
    assert hooked.posts == []


def test_the_open_internet_is_posted_to_over_tls_alone(hooked: Hooked) -> None:
    with pytest.raises(Refused, match="not be encrypted"):
        posted(hook(hooked, url="http://9.9.9.9/"))


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/", "https://", "https://a:b@a.example/", "https://a.example/#x",
     "https://a.example/\r\nX: y", "https://a.example:99999/", "https://[::1/", "https://a.example/é"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_being_told(hooked: Hooked, url: str) -> None:
    with pytest.raises(Refused, match="https://host/path"):
        posted(hook(hooked, url=url))


def test_too_much_and_a_weak_secret_are_refused(hooked: Hooked) -> None:
    with pytest.raises(LimitExceeded):
        post(hook(hooked), "msg_1", b"x" * (MAX_BODY_BYTES + 1))
    with pytest.raises(Refused, match="whsec_") as weak:
        posted(hook(hooked, secret=SecretStr("whsec_c2hvcnQ=")))
    assert "c2hvcnQ" not in weak.value.detail
    assert hooked.posts == []


def test_a_certificate_is_looked_at(tmp_path: Path) -> None:
    """One that nobody vouches for ends it; one that is trusted is posted to."""
    key, signed = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(signed)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    with hook_server((key, signed)) as made:
        url = f"https://127.0.0.1:{made.port}/"
        with pytest.raises(WebhookNotSent, match="certificate"):
            posted(hook(made, url=url, attempts=1))
        trusted = ssl.create_default_context(cafile=str(signed))
        assert posted(hook(made, url=url, trusted=trusted)) == 1
    assert len(made.posts) == 1
