"""Which addresses are public, private or never reached, however they are written."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.errors import InvalidError
from catalog.domain.networks import (
    Network,
    Refused,
    Use,
    host_of,
    is_never,
    is_public,
    meant,
    network_of,
    permitting,
    target_of,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
#: The ways in which IPv6 says an address of IPv4, by what stands before and behind it.
EMBEDDED = {
    "mapped": (int(IPv6Address("::ffff:0:0")), 0),
    "compatible": (0, 0),
    "NAT64": (int(IPv6Address("64:ff9b::")), 0),
    "6to4": (int(IPv6Address("2002::")), 80),
}


def network(cidr: str, port: int | None = None) -> Network:
    return Network("1", "n", cidr, port, Use.SOURCE, "", "why", "admin:operator", NOW)


EVERYTHING = [network("0.0.0.0/0"), network("::/0")]


@given(st.ip_addresses(v=4), st.sampled_from(sorted(EMBEDDED)))
def test_an_ipv4_address_is_judged_alike_in_every_form(address: IPv4Address, form: str) -> None:
    prefix, shift = EMBEDDED[form]
    written = IPv6Address(prefix | int(address) << shift)

    expected = written if written in (IPv6Address("::"), IPv6Address("::1")) else address

    assert meant(str(written)) == expected
    assert is_public(meant(str(written))) == is_public(expected)


@given(st.ip_addresses())
def test_what_is_never_reached_is_not_reached_whatever_is_allowed(address: IPv4Address | IPv6Address) -> None:
    address = meant(str(address))

    assert (permitting(address, 80, EVERYTHING) is None) == is_never(address)
    assert not (is_public(address) and is_never(address))


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "169.254.0.23",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "::",
        "::2",
        "224.0.0.1",
        "ff02::1",
        "fe80::1%eth0",
        "255.255.255.255",
    ],
)
def test_metadata_of_clouds_and_the_like_are_never_reached(text: str) -> None:
    assert is_never(meant(text))
    assert permitting(meant(text), 80, EVERYTHING) is None
    assert Refused("source", "x", "x", text.partition("%")[0], 80, NOW).suggested == ""


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::",
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "192.0.2.1", "240.0.0.1",
        "fc00::1", "fec0::1", "2001:db8::1", "2001:0:7f00:1::", "4000::1",
    ],
)  # fmt: skip
def test_private_addresses_need_a_network(text: str) -> None:
    assert not is_public(meant(text))
    assert not is_never(meant(text))
    assert permitting(meant(text), 80, EVERYTHING) is not None


@pytest.mark.parametrize("text", ["1.1.1.1", "114.114.114.114", "2400:3200::1", "64:ff9b::101:101", "2002:101:101::"])
def test_public_addresses_need_none(text: str) -> None:
    assert is_public(meant(text))


def test_a_network_holds_for_its_addresses_and_its_port() -> None:
    allowed = [network("10.20.0.0/16", 443)]

    assert permitting(ip_address("10.20.3.4"), 443, allowed) is allowed[0]
    assert permitting(ip_address("10.20.3.4"), 80, allowed) is None
    assert permitting(ip_address("10.21.0.1"), 443, allowed) is None


@given(st.ip_addresses(v=4, network="10.0.0.0/8"), st.integers(8, 32))
def test_a_network_is_kept_as_it_is_usually_written(address: IPv4Address, length: int) -> None:
    usual = str(ip_network((int(address), length), strict=False))

    assert network_of(f" {usual} ") == usual


@pytest.mark.parametrize(
    "cidr",
    [
        "", "10.0.0.1/8", "10.0.0.0/33", "ten", "0.0.0.0/0", "10.0.0.0/7", "::/0", "169.254.169.254", "169.254.0.0/16",
        "fd00:ec2::254/128", "1.1.1.0/24", "2400:3200::/32", "::ffff:10.0.0.0/120", "64:ff9b::a00:0/104",
    ],
)  # fmt: skip
def test_what_is_no_private_network_is_refused_with_the_field(cidr: str) -> None:
    with pytest.raises(InvalidError) as refused:
        network_of(cidr)

    assert refused.value.field == "cidr"
    assert refused.value.cure


@pytest.mark.parametrize(
    ("use", "said", "kept"),
    [
        (Use.SOURCE, "luzhou", "luzhou"),
        (Use.WEBHOOK, " Hooks.Example.CN. ", "hooks.example.cn"),
        (Use.OIDC, "登录.中国", "xn--w2t382c.xn--fiqs8s"),
        (Use.UPSTREAM, "fd12::5", "fd12::5"),
        (Use.UPSTREAM, "10.0.0.5", "10.0.0.5"),
        (Use.CALLBACK, "", ""),
    ],
)
def test_a_target_is_a_source_or_a_host(use: Use, said: str, kept: str) -> None:
    assert target_of(use, said) == kept


@pytest.mark.parametrize(
    ("use", "said"), [(Use.SOURCE, "a b"), (Use.SOURCE, "a\n"), (Use.WEBHOOK, "https://x.cn/"), (Use.OIDC, "a b")]
)
def test_what_is_neither_is_refused(use: Use, said: str) -> None:
    with pytest.raises(InvalidError):
        target_of(use, said)


def test_a_host_that_cannot_be_a_name_is_still_a_host() -> None:
    assert host_of("A" * 300) == "a" * 300
