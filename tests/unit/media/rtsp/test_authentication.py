"""Answers to challenges, by the examples of the RFCs and by devices' habits."""

import pytest

from custom_components.mesh_call.media.rtsp.authentication import (
    Authenticator,
    parse_challenges,
)


def test_basic() -> None:
    """The example of RFC 7617, section 2."""
    authenticator = Authenticator("Aladdin", "open sesame")
    assert authenticator.authorization("OPTIONS", "rtsp://h/") is None
    assert authenticator.accept(['Basic realm="WallyWorld"'])
    assert (
        authenticator.authorization("OPTIONS", "rtsp://h/")
        == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    )


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_digest(algorithm: str, response: str) -> None:
    """The examples of RFC 7616, section 3.9.1."""
    authenticator = Authenticator(
        "Mufasa",
        "Circle of Life",
        lambda: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", '
        f"algorithm={algorithm}, "
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    assert authenticator.accept([challenge])
    answer = authenticator.authorization("GET", "/dir/index.html")
    assert answer is not None
    assert f'response="{response}"' in answer
    assert "nc=00000001" in answer
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in answer
    assert "nc=00000002" in (authenticator.authorization("GET", "/") or "")


def test_digest_without_quality_of_protection() -> None:
    """The form of RFC 2069, which most cameras use; computed by hand with md5sum."""
    authenticator = Authenticator("admin", "12345")
    assert authenticator.accept(['Digest realm="IP Camera", nonce="abc"'])
    answer = authenticator.authorization("DESCRIBE", "rtsp://10.0.0.1/s")
    assert answer is not None
    assert "qop" not in answer
    assert "cnonce" not in answer
    assert 'response="' in answer


def test_several_challenges_in_one_field_and_in_several() -> None:
    challenges = parse_challenges(
        ['Digest realm="a, Basic b", nonce="1", Basic realm="c"', 'basic realm="d"']
    )
    assert [(c.scheme, c.realm) for c in challenges] == [
        ("digest", "a, Basic b"),
        ("basic", "c"),
        ("basic", "d"),
    ]


def test_strongest_first_then_weaker_digest_but_never_basic() -> None:
    offered = [
        'Basic realm="x"',
        'Digest realm="x", nonce="1", algorithm=MD5',
        'Digest realm="x", nonce="1", algorithm=SHA-256',
        'Digest realm="x", nonce="1", algorithm=SHA-512-256',
    ]
    authenticator = Authenticator("u", "p")
    assert authenticator.accept(offered)
    assert "algorithm=SHA-256" in (authenticator.authorization("A", "b") or "")
    assert authenticator.accept(offered)
    assert "algorithm=MD5" in (authenticator.authorization("A", "b") or "")
    assert not authenticator.accept(offered)


def test_stale_nonce_is_renewed() -> None:
    authenticator = Authenticator("u", "p")
    assert authenticator.accept(['Digest realm="x", nonce="1"'])
    assert authenticator.accept(['Digest realm="x", nonce="2", stale=TRUE'])
    assert 'nonce="2"' in (authenticator.authorization("A", "b") or "")


def test_new_nonce_without_stale_counts_only_after_success() -> None:
    authenticator = Authenticator("u", "p")
    assert authenticator.accept(['Digest realm="x", nonce="1"'])
    authenticator.confirm()
    assert authenticator.accept(['Digest realm="x", nonce="2"'])
    assert not authenticator.accept(['Digest realm="x", nonce="3"'])


def test_no_user_name_no_answer() -> None:
    assert not Authenticator(None, None).accept(['Basic realm="x"'])
