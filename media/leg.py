"""One party's connection: what its browser sends (tracks), what it is sent (streams), and how it is reached.

A leg is negotiated by `take_offer` (as often as the browser likes: an ICE restart is one) or by `make_offer` and
`take_answer`. It never looks at another leg; `media.call` ties tracks to streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Final

from media import ice, sdp
from media.errors import Failed, Malformed, Refused
from media.feedback import Feedback
from media.incoming import Repair, Track
from media.reader import Reader
from media.stream import Stream
from media.transport import Certificate, Secure, fingerprint

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from media.control import Kind, LegState, Role
    from media.outbox import Address
    from media.port import Port
    from media.srtp import Room

QUIET_S: Final = 6.0
"""Chrome renews consent every 2.5 s or so: two missed and a bit."""


class Leg:
    """Create, negotiate, `close` and await. `told` hears of every change of state, `hurry` that a tick is needed."""

    def __init__(
        self,
        leg_id: str,
        role: Role,
        port: Port,
        certificate: Certificate,
        candidates: tuple[tuple[str, int], ...],
        told: Callable[[Leg, LegState], None],
        hurry: Callable[[Leg], None],
        now: float,
    ) -> None:
        self.leg_id, self.role = leg_id, role
        self.state: LegState = "new"
        self._hurry = lambda: hurry(self)
        self.outbox = port.outbox(self._hurry)
        self.addresses: list[Address] = []
        self.streams: list[Stream] = []
        self.tracks: dict[Kind, list[Track]] = {}
        self.consent_at = now
        self._port, self._certificate, self._candidates, self._told = port, certificate, candidates, told
        self._secure = Secure(certificate, self._send_dtls, self._drop_dtls)
        self._voices: list[sdp.Voice] = []
        self._credentials: dict[str, ice.Credentials] = {}
        self._theirs: sdp.Description | None = None
        self._answer = ""
        self._version = 0
        self._connecting: asyncio.Task[None] | None = None
        self.reader = Reader(self)
        self.receive_media: Callable[[Room, int, float], None] = self.reader.read
        self.feedback = Feedback(self)
        self._name_anew()

    @property
    def dropped(self) -> Counter[str]:
        """Packets of this leg that were refused or unreadable, by reason."""
        return self.reader.dropped

    @property
    def connected(self) -> bool:
        """Whether packets can be sent to it."""
        return self.state in ("connected", "quiet")

    @property
    def round_trip_s(self) -> float | None:
        """The shortest of what its streams measured last: none of them waits for another's packets."""
        return min((stream.round_trip_s for stream in self.streams if stream.round_trip_s), default=None)

    @property
    def slots(self) -> int:
        """How many peers this leg can show at once."""
        return len(self.streams) // sdp.GROUP

    @property
    def ssrc(self) -> int:
        """What feedback calls itself."""
        return self._voices[0].ssrc if self._voices else 1

    # -- negotiation ---------------------------------------------------------------------------------------------

    def take_offer(self, text: str, now: float) -> str:
        """Answer a browser's offer; the same offer gets the same answer."""
        theirs = sdp.read(text)
        if theirs == self._theirs and self._answer:
            return self._answer
        self._check(theirs)
        if self._theirs is not None and theirs.ufrag != self._theirs.ufrag:
            self._name_anew()
        self._grow(len(theirs.sections))
        names = self._names(len(theirs.sections))
        self._answer = sdp.answer(theirs, self._here(), self._voices, names)
        self._accept(theirs, now)
        return self._answer

    def make_offer(self, slots: int) -> str:
        """Offer a connection that shows this many peers."""
        if self._theirs is not None:
            raise Refused("leg: already negotiated by its browser")
        self._grow(sdp.GROUP * max(1, min(slots, sdp.MAX_SECTIONS // sdp.GROUP)))
        return sdp.offer(self._here(), self._voices, self._names(len(self._voices)))

    def take_answer(self, text: str, now: float) -> None:
        """Take the browser's answer to our offer."""
        theirs = sdp.read(text)
        if not self._voices or len(theirs.sections) != len(self._voices):
            raise Malformed("sdp: an answer has the sections of the offer")
        self._check(theirs)
        self._accept(theirs, now)

    def _check(self, theirs: sdp.Description) -> None:
        if self.state in ("failed", "closed"):
            raise Refused("leg: it is over; a new connection is a new leg")
        if self._theirs is not None and theirs.fingerprints != self._theirs.fingerprints:
            raise Refused("leg: another certificate; a new connection is a new leg")
        if len(theirs.sections) % sdp.GROUP and len(theirs.sections) > sdp.GROUP:
            raise Malformed(f"sdp: sections come in groups of {sdp.GROUP}")
        for index, section in enumerate(theirs.sections):
            media = "audio" if sdp.kind_of(index) == "microphone" else "video"
            if not section.rejected and section.media != media:
                raise Malformed(f"sdp: section {index} is for {sdp.kind_of(index)}")

    def _accept(self, theirs: sdp.Description, now: float) -> None:
        first = self._theirs is None
        self._theirs = theirs
        for index, section in enumerate(theirs.sections):
            if not section.rejected:
                self.streams[index].configure(section)
                if index < sdp.GROUP and section.sends:
                    self._listen(sdp.kind_of(index), section, now)
        if first:
            self.consent_at = now
            self._become("connecting")
            # An active browser shakes hands first; one that answered "passive" waits for us.
            self._connecting = asyncio.create_task(self._connect(theirs, server=theirs.setup != "passive"))

    def _listen(self, kind: Kind, section: sdp.Section, now: float) -> None:
        """Take packets of this section; layers of a simulcast make themselves known by their first packet."""
        codecs = {one.payload_type: one.codec for one in section.formats if one.codec != "rtx"}
        about = {one.payload_type: one.about for one in section.formats if one.codec == "rtx" and one.about is not None}
        layers = section.rids or ("",)
        tracks = self.tracks.setdefault(kind, [])
        while len(tracks) < len(layers):
            tracks.append(Track(kind, 0, codecs, self.ssrc, self.send_rtcp, self._hurry))
        for track in tracks:
            track.codecs = codecs
        self.reader.expect(section, tracks, about)
        if not section.rids and section.ssrcs:
            self.reader.bind(tracks[0], section.ssrcs[0], now)
            if section.ssrcs[0] in section.repairs:
                self.reader.bind_repair(Repair(tracks[0], about), section.repairs[section.ssrcs[0]])

    def _grow(self, sections: int) -> None:
        for index in range(len(self._voices), sections):
            voice = sdp.Voice(secrets.randbits(31) | 1, secrets.randbits(31) | 1 << 31)
            self._voices.append(voice)
            self.streams.append(Stream(sdp.kind_of(index), voice, self.outbox))

    def _names(self, sections: int) -> list[str]:
        return [f"peer{index // sdp.GROUP}/{sdp.kind_of(index)}" for index in range(sections)]

    def _here(self) -> sdp.Here:
        newest = next(reversed(self._credentials.values()))
        self._version += 1
        return sdp.Here(newest.ufrag, newest.pwd, fingerprint(self._certificate), self._candidates, self._version)

    def _name_anew(self) -> None:
        """Let new credentials stand beside those in use, until the browser has nominated a path with the new ones.

        The oldest are those in use: a browser that missed our answers comes back under them.
        """
        made = ice.make_credentials()
        while len(self._credentials) > 2:
            self._unname(list(self._credentials)[1])
        self._credentials[made.ufrag] = made
        self._port.name(made.ufrag, self)

    def _unname(self, ufrag: str) -> None:
        del self._credentials[ufrag]
        self._port.unname(ufrag)

    # -- the path ------------------------------------------------------------------------------------------------

    def credentials_for(self, ufrag: str) -> ice.Credentials | None:
        return self._credentials.get(ufrag)

    def checked(self, ufrag: str, nominated: bool, now: float) -> None:
        """A check of ours was answered: consent holds on."""
        self.consent_at = now
        if nominated:
            for older in list(self._credentials):
                if older == ufrag:
                    break
                self._unname(older)
        if self.state == "quiet":
            self._become("connected")

    def receive_dtls(self, datagram: bytes) -> None:
        if not self._secure.path.receive(datagram):
            self._drop_dtls()

    def _drop_dtls(self) -> None:
        self.dropped["dtls"] += 1

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send one compound packet."""
        self.feedback.send(packet)

    def _send_dtls(self, data: bytes) -> None:
        self._port.send(data, self.outbox.address)

    async def _connect(self, theirs: sdp.Description, *, server: bool) -> None:
        try:
            await self._secure.connect(theirs.fingerprints, server=server)
        except Failed:
            self._become("failed")
            return
        if self._secure.sending is None or self._secure.receiving is None:  # pragma: no cover - connect promises them
            return
        self._secure.on_closed(lambda: self._become("closed"))
        self.outbox.open(self._secure.sending)
        self.feedback.open(self._secure.sending, self._port)
        self.reader.open(self._secure.receiving)
        self._become("connected")

    def watch_consent(self, now: float) -> None:
        """Go quiet or fail when the browser has not renewed its consent, or never answered; called once a second."""
        silence = now - self.consent_at
        if silence > ice.CONSENT_S:
            self.outbox.address = None
            self._become("failed")
        elif self.state == "connected" and silence > QUIET_S:
            self._become("quiet")

    def _become(self, state: LegState) -> None:
        if state == self.state or self.state in ("failed", "closed"):
            return
        self.state = state
        self._told(self, state)

    def all_tracks(self) -> list[Track]:
        return [track for layers in self.tracks.values() for track in layers]

    async def close(self) -> None:
        """Leave nothing behind; the browser is told by DTLS."""
        now = time.monotonic()
        for stream in self.streams:
            stream.watch(None, now)
        for track in self.all_tracks():
            for stream in (*track.streams, *track.waiting):
                stream.watch(None, now)
            track.sinks = ()
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting
        await self._secure.close()
        self._port.forget(self)
        self._become("closed")
