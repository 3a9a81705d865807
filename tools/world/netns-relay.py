"""Carries IP packets between pairs of TUN devices as a bad network would: it loses, delays, reorders, doubles and limits them.

    netns-relay.py SEED NEAR:FAR [NEAR:FAR ...]

Opens both devices of each road where it runs and says {"ready": true}; then they may be moved to other namespaces. Each line on stdin
is {"road": NEAR, "weather": {...}}, or {"count": true}, which is answered with what became of the packets of each road so far.
Ends with its stdin. A weather has any of

    cut      nothing passes
    loss     share of packets that are lost
    delay    [least, most] milliseconds; the order is kept
    late     share that falls behind those after it
    twice    share that comes twice
    rate     bits per second each way; what would wait longer than a second is dropped
"""

import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_MAX = 65_536
QUEUE_SECONDS_MAX = 1.0
QUEUE_PACKETS_MAX = 10_000
FATES = ("carried", "lost", "cut", "late", "twice", "overflowed", "refused")


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


class Road:
    """Both ways between two devices, with one weather."""

    def __init__(self, near, far):
        self.weather = {}
        self.counts = dict.fromkeys(FATES, 0)
        near, far = open_tun(near), open_tun(far)
        self.ways = [Way(self, near, far), Way(self, far, near)]


class Way:
    def __init__(self, road, source, sink):
        self.road, self.source, self.sink = road, source, sink
        self.free_at = self.last_due = 0.0


class Relay:
    def __init__(self, seed, pairs):
        self.chance = random.Random(seed)
        self.roads = {near: Road(near, far) for near, far in pairs}
        self.waiting = []
        self.number = 0

    def take(self, way, packet, now):
        """Decides what becomes of a packet, at the moment at which it comes."""
        weather, counts = way.road.weather, way.road.counts
        if weather.get("cut"):
            counts["cut"] += 1
            return
        if self.chance.random() < weather.get("loss", 0):
            counts["lost"] += 1
            return
        rate = weather.get("rate")
        start = max(now, way.free_at)
        if start - now > QUEUE_SECONDS_MAX or len(self.waiting) >= QUEUE_PACKETS_MAX:
            counts["overflowed"] += 1
            return
        way.free_at = start + (len(packet) * 8 / rate if rate else 0)
        least, most = (part / 1_000 for part in weather.get("delay", (0, 0)))
        due = max(way.last_due, way.free_at + self.chance.uniform(least, most))
        if self.chance.random() < weather.get("late", 0):
            counts["late"] += 1
            self.plan(way, packet, due + self.chance.uniform(0.01, 0.01 + 2 * most))
        else:
            way.last_due = due
            self.plan(way, packet, due)
        if self.chance.random() < weather.get("twice", 0):
            counts["twice"] += 1
            self.plan(way, packet, due + self.chance.uniform(0, 0.01 + most))

    def plan(self, way, packet, due):
        self.number += 1
        heapq.heappush(self.waiting, (due, self.number, way, packet))

    def deliver(self, now):
        while self.waiting and self.waiting[0][0] <= now:
            _, _, way, packet = heapq.heappop(self.waiting)
            fate = "cut" if way.road.weather.get("cut") else "carried"
            try:
                if fate == "carried":
                    os.write(way.sink, packet)
            except OSError:
                fate = "refused"
            way.road.counts[fate] += 1

    def obey(self, line):
        order = json.loads(line)
        if "weather" in order:
            self.roads[order["road"]].weather = order["weather"]
        else:
            say({"counts": {name: road.counts for name, road in self.roads.items()}})

    def run(self):
        with selectors.DefaultSelector() as ready:
            ready.register(0, selectors.EVENT_READ)
            for road in self.roads.values():
                for way in road.ways:
                    ready.register(way.source, selectors.EVENT_READ, way)
            orders = b""
            while True:
                wait = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
                for key, _ in ready.select(wait):
                    if key.data:
                        self.drain(key.data)
                        continue
                    more = os.read(0, PACKET_MAX)
                    if not more:
                        return
                    *lines, orders = (orders + more).split(b"\n")
                    for line in lines:
                        self.obey(line)
                self.deliver(time.monotonic())

    def drain(self, way):
        """Takes what is there, but not for ever: others wait too."""
        for _ in range(64):
            try:
                packet = os.read(way.source, PACKET_MAX)
            except OSError:
                # Nothing more, or the device is down.
                return
            self.take(way, packet, time.monotonic())


def say(message):
    print(json.dumps(message), flush=True)


relay = Relay(int(sys.argv[1]), [pair.split(":") for pair in sys.argv[2:]])
say({"ready": True})
relay.run()
