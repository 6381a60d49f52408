"""Session descriptions (RFC 8866, JSEP), read and written for exactly what the node offers. Pure.

`read` takes a browser's offer or answer apart; `answer` and `offer` write ours. A link has its sections in groups of
four: microphone, camera, screen, document (`KINDS`). The first group carries what the browser sends and the first peer
it sees; each further group shows one more peer. Everything the node does not do is left out or rejected, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from media.errors import Malformed
from media.rtp import AUDIO_EXTENSIONS, VIDEO_EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from media.control import Kind

KINDS: Final[tuple[Kind, ...]] = ("microphone", "camera", "screen", "document")
GROUP: Final = len(KINDS)
MAX_SECTIONS: Final = 64
MAX_LENGTH: Final = 200_000

CLOCKS: Final = {"opus": 48000, "red": 48000, "vp8": 90000, "h264": 90000, "rtx": 90000}
_FEEDBACK: Final = {"audio": ("transport-cc",), "video": ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")}
_ICE_CHARS: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
_START_KBPS: Final = 1000
"""Chrome's probing starts at 300 kbit/s, which shows a mosaic for its first seconds."""


@dataclass(frozen=True, slots=True)
class Format:
    """One payload type. `codec` is opus, red, vp8, h264 or rtx; an rtx or red one names the type it is for."""

    payload_type: int
    codec: str
    parameters: str = ""
    about: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line of a browser."""

    media: str
    mid: str
    rejected: bool = False
    sends: bool = True
    receives: bool = True
    formats: tuple[Format, ...] = ()
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: tuple[int, ...] = ()
    repairs: dict[int, int] = field(default_factory=dict)
    rids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """What a browser said, reduced to what the node understands."""

    ufrag: str
    pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Here:
    """Our side of a description: credentials, certificate and addresses."""

    ufrag: str
    pwd: str
    fingerprint: str
    candidates: tuple[tuple[str, int], ...]
    version: int = 1


@dataclass(frozen=True, slots=True)
class Voice:
    """The SSRCs a section of ours sends with."""

    ssrc: int
    repair: int


def kind_of(index: int) -> Kind:
    return KINDS[index % GROUP]


def read(text: str) -> Description:
    """Read a browser's description; `Malformed` names the first rule it breaks."""
    if len(text) > MAX_LENGTH:
        raise Malformed("sdp: too long")
    head, *blocks = re.split(r"(?m)^(?=m=)", text.replace("\r\n", "\n"))
    if not blocks or len(blocks) > MAX_SECTIONS:
        raise Malformed(f"sdp: 1 to {MAX_SECTIONS} media sections")
    shared = _attributes(head)
    sections, transport = [], dict(shared)
    for block in blocks:
        said = _attributes(block)
        section = _section(block.split("\n", 1)[0], said)
        sections.append(section)
        if "ice-ufrag" not in transport and "ice-ufrag" in said:
            transport = {**said, **shared}
    ufrag, pwd = (_first(transport, name) for name in ("ice-ufrag", "ice-pwd"))
    if not _ICE_CHARS.fullmatch(ufrag) or not _ICE_CHARS.fullmatch(pwd) or len(pwd) < 22:
        raise Malformed("sdp: ice-ufrag and ice-pwd as RFC 8839 has them")
    prints = tuple(_fingerprint(line) for line in transport.get("fingerprint", ()))
    if not prints:
        raise Malformed("sdp: a fingerprint is needed")
    setup = _first(transport, "setup")
    if setup not in ("actpass", "active", "passive"):
        raise Malformed("sdp: setup is actpass, active or passive")
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids):
        raise Malformed("sdp: every section has a mid of its own")
    return Description(ufrag, pwd, prints, setup, tuple(sections))


def _attributes(block: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in block.split("\n"):
        if line.startswith("a="):
            name, _, value = line[2:].strip().partition(":")
            found.setdefault(name, []).append(value)
    return found


def _first(said: dict[str, list[str]], name: str) -> str:
    values = said.get(name)
    return values[0] if values else ""


def _fingerprint(line: str) -> tuple[str, str]:
    algorithm, _, value = line.partition(" ")
    if not re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}", value):
        raise Malformed("sdp: fingerprint as RFC 8122 has it")
    return algorithm.lower(), value.upper()


def _section(line: str, said: dict[str, list[str]]) -> Section:
    fields = line[2:].split()
    if len(fields) < 4:
        raise Malformed("sdp: an m-line has media, port, protocol and formats")
    media, port = fields[0], fields[1]
    mid = _first(said, "mid")
    if not re.fullmatch(r"[!-~]{1,16}", mid):
        raise Malformed("sdp: a mid of 1 to 16 characters")
    rejected = media not in _FEEDBACK or (port == "0" and "bundle-only" not in said)
    if rejected or "SAVPF" not in fields[2] or "rtcp-mux" not in said:
        return Section(media, mid, rejected=True)
    ssrcs, repairs = _ssrcs(said)
    return Section(
        media=media,
        mid=mid,
        sends="recvonly" not in said and "inactive" not in said,
        receives="sendonly" not in said and "inactive" not in said,
        formats=_formats(media, fields[3:], said),
        extensions=_extensions(media, said.get("extmap", ())),
        ssrcs=ssrcs,
        repairs=repairs,
        rids=_rids(said),
    )


def _formats(media: str, order: Sequence[str], said: dict[str, list[str]]) -> tuple[Format, ...]:
    names = dict(_pair(line) for line in said.get("rtpmap", ()))
    parameters = dict(_pair(line) for line in said.get("fmtp", ()))
    wanted = ("opus/48000/2", "red/48000/2") if media == "audio" else ("vp8/90000", "h264/90000")
    chosen: list[Format] = []
    for want in wanted:
        fitting = [pt for pt in order if names.get(pt, "").lower() == want and _usable(want, parameters.get(pt, ""))]
        if fitting:
            chosen.append(Format(_payload_type(fitting[0]), want.split("/")[0], parameters.get(fitting[0], "")))
    known = {one.payload_type for one in chosen}
    for pt in order:
        about = re.fullmatch(r"apt=(\d{1,3})", parameters.get(pt, ""))
        if names.get(pt, "").lower() == "rtx/90000" and about and int(about[1]) in known:
            chosen.append(Format(_payload_type(pt), "rtx", parameters[pt], int(about[1])))
    return _red_is_of_opus(chosen)


def _red_is_of_opus(chosen: list[Format]) -> tuple[Format, ...]:
    """RED goes first, as Chrome sends it only then; without its opus it goes away."""
    opus = next((one for one in chosen if one.codec == "opus"), None)
    red = next((one for one in chosen if one.codec == "red"), None)
    if red is None:
        return tuple(chosen)
    rest = [one for one in chosen if one is not red]
    if opus is None or not re.fullmatch(rf"{opus.payload_type}(/{opus.payload_type})+", red.parameters):
        return tuple(rest)
    return (Format(red.payload_type, "red", red.parameters, opus.payload_type), *rest)


def _usable(want: str, parameters: str) -> bool:
    # Every browser of the field does baseline with fragmentation; one H.264 for all means no leg lacks another's.
    if want != "h264/90000":
        return True
    said = parameters.lower().replace(" ", "")
    return "packetization-mode=1" in said and "profile-level-id=42" in said


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(" ")
    return key, value.strip()


def _payload_type(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text) or int(text) > 127 or 64 <= int(text) <= 95:
        raise Malformed("sdp: payload types 0–63 and 96–127 (RFC 5761)")
    return int(text)


def _extensions(media: str, lines: Iterable[str]) -> dict[str, int]:
    known = AUDIO_EXTENSIONS if media == "audio" else VIDEO_EXTENSIONS
    found: dict[str, int] = {}
    for line in lines:
        key, _, uri = line.partition(" ")
        number = key.partition("/")[0]
        # Ids above 14 need two-byte elements, which the node does not write.
        if uri in known and re.fullmatch(r"\d{1,2}", number) and 1 <= int(number) <= 14:
            found[uri] = int(number)
    return found


def _ssrcs(said: dict[str, list[str]]) -> tuple[tuple[int, ...], dict[int, int]]:
    seen = list(dict.fromkeys(_ssrc(line.split(" ")[0]) for line in said.get("ssrc", ())))
    repairs: dict[int, int] = {}
    for line in said.get("ssrc-group", ()):
        if (words := line.split())[:1] == ["FID"] and len(words) == 3:
            repairs[_ssrc(words[1])] = _ssrc(words[2])
    return tuple(one for one in seen if one not in repairs.values())[:8], repairs


def _ssrc(text: str) -> int:
    if not re.fullmatch(r"\d{1,10}", text) or int(text) >= 1 << 32:
        raise Malformed("sdp: an SSRC has 32 bits")
    return int(text)


def _rids(said: dict[str, list[str]]) -> tuple[str, ...]:
    order = re.match(r"send ([\w;,~-]+)", _first(said, "simulcast"))
    if not order:
        return ()
    return tuple(layer.split(",")[0].lstrip("~") for layer in order[1].split(";"))[:4]


def answer(theirs: Description, here: Here, voices: Sequence[Voice], names: Sequence[str]) -> str:
    """Answer an offer: each of its sections with the formats both know, the node passive in DTLS."""
    setup = "active" if theirs.setup == "passive" else "passive"
    lines = _session(here, [one.mid for one in theirs.sections if not one.rejected])
    for index, section in enumerate(theirs.sections):
        if section.rejected or not section.formats:
            lines += [
                f"m={section.media} 0 UDP/TLS/RTP/SAVPF 0",
                "c=IN IP4 0.0.0.0",
                "a=inactive",
                f"a=mid:{section.mid}",
            ]
            continue
        lines += _media(section, here, setup, _direction(section), voices[index], names[index])
    return "\r\n".join(lines) + "\r\n"


def offer(here: Here, voices: Sequence[Voice], names: Sequence[str]) -> str:
    """Offer one section for each voice, with the payload types Chrome uses itself."""
    sections = [offered(index) for index in range(len(voices))]
    lines = _session(here, [one.mid for one in sections])
    for index, section in enumerate(sections):
        lines += _media(section, here, "actpass", "sendrecv", voices[index], names[index])
    return "\r\n".join(lines) + "\r\n"


def offered(index: int) -> Section:
    """The section `offer` writes at `index`, as a browser would have said it."""
    if kind_of(index) == "microphone":
        formats: tuple[Format, ...] = (
            Format(63, "red", "111/111", 111),
            Format(111, "opus", "minptime=10;useinbandfec=1"),
        )
        wanted: tuple[str, ...] = AUDIO_EXTENSIONS
    else:
        formats = (
            Format(96, "vp8"),
            Format(102, "h264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
            Format(97, "rtx", "apt=96", 96),
            Format(103, "rtx", "apt=102", 102),
        )
        wanted = VIDEO_EXTENSIONS
    media = "audio" if kind_of(index) == "microphone" else "video"
    numbers = {uri: number for number, uri in enumerate(VIDEO_EXTENSIONS, 1) if uri in wanted}
    return Section(media, str(index), formats=formats, extensions=numbers)


def _direction(section: Section) -> str:
    if section.sends and section.receives:
        return "sendrecv"
    return "recvonly" if section.sends else "sendonly" if section.receives else "inactive"


def _session(here: Here, mids: Sequence[str]) -> list[str]:
    return [
        "v=0",
        f"o=- 1 {here.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]


def _media(section: Section, here: Here, setup: str, direction: str, voice: Voice, name: str) -> list[str]:
    types = " ".join(str(one.payload_type) for one in section.formats)
    lines = [
        f"m={section.media} 9 UDP/TLS/RTP/SAVPF {types}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{here.ufrag}",
        f"a=ice-pwd:{here.pwd}",
        f"a=fingerprint:sha-256 {here.fingerprint}",
        f"a=setup:{setup}",
        f"a=mid:{section.mid}",
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
    lines += [f"a=extmap:{number} {uri}" for uri, number in section.extensions.items()]
    for one in section.formats:
        lines += _format(section.media, one)
    if section.rids and direction in ("sendrecv", "recvonly"):
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append(f"a=simulcast:recv {';'.join(section.rids)}")
    if direction in ("sendrecv", "sendonly"):
        lines += _voice(section, voice, name)
    for rank, (host, port) in enumerate(here.candidates):
        # RFC 8445 §5.1.2.1: host candidates, type preference 126; earlier addresses first.
        priority = (126 << 24) + ((65535 - rank) << 8) + 255
        lines.append(f"a=candidate:{rank + 1} 1 udp {priority} {host} {port} typ host")
    lines.append("a=end-of-candidates")
    return lines


def _format(media: str, one: Format) -> list[str]:
    channels = "/2" if media == "audio" else ""
    name = one.codec.upper() if one.codec in ("vp8", "h264") else one.codec
    lines = [f"a=rtpmap:{one.payload_type} {name}/{CLOCKS[one.codec]}{channels}"]
    if one.codec not in ("rtx", "red"):
        lines += [f"a=rtcp-fb:{one.payload_type} {feedback}" for feedback in _FEEDBACK[media]]
    start = f"x-google-start-bitrate={_START_KBPS}" if one.codec in ("vp8", "h264") else ""
    parameters = ";".join(filter(None, (one.parameters, start)))
    return lines + ([f"a=fmtp:{one.payload_type} {parameters}"] if parameters else [])


def _voice(section: Section, voice: Voice, name: str) -> list[str]:
    # Sound and picture of one peer share the stream, so that browsers play them in step; other pictures have their own.
    stream, _, kind = name.partition("/")
    group = stream if kind in ("microphone", "camera") else f"{stream}-{kind}"
    lines = [f"a=msid:{group} {stream}-{kind}"]
    if any(one.codec == "rtx" for one in section.formats):
        lines += [f"a=ssrc-group:FID {voice.ssrc} {voice.repair}", f"a=ssrc:{voice.ssrc} cname:{stream}"]
        return [*lines, f"a=ssrc:{voice.repair} cname:{stream}"]
    return [*lines, f"a=ssrc:{voice.ssrc} cname:{stream}"]
