"""Plays one story with Eclipse Paho's Python client against a broker, and prints what happened as JSON.

usage: paho-story.py PORT 3.1.1|5 [FOLDER with ca.pem, client.pem and client.key, to go over TLS]
"""
import json
import queue
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

port, version, certificates = int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None
five = version == '5'
patience = 20


class Person:
    """A connected client, with what it has been told."""

    def __init__(self, name, kept=False, will=None):
        clean = {} if five else {'clean_session': not kept}
        self.client = mqtt.Client(name, protocol=mqtt.MQTTv5 if five else mqtt.MQTTv311, **clean)
        self.told, self.connected, self.subscribed, self.gone = queue.Queue(), queue.Queue(), queue.Queue(), queue.Queue()
        self.client.on_connect = lambda c, u, flags, rc, *more: self.connected.put((int_of(rc), flags['session present']))
        self.client.on_subscribe = lambda c, u, mid, granted, *more: self.subscribed.put([int_of(one) for one in granted])
        self.client.on_disconnect = lambda *all: self.gone.put(True)
        self.client.on_message = lambda c, u, message: self.told.put(message)
        if will:
            self.client.will_set(*will)
        if certificates:
            folder = certificates + '/'
            self.client.tls_set(folder + 'ca.pem', folder + 'client.pem', folder + 'client.key')
        more = {}
        if five:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 60 if kept else 0
            more = {'clean_start': not kept, 'properties': properties}
        self.client.connect('localhost', port, keepalive=30, **more)
        self.client.loop_start()
        self.connack = self.connected.get(timeout=patience)

    def subscribe(self, topic, qos):
        self.client.subscribe(topic, qos)
        return self.subscribed.get(timeout=patience)

    def publish(self, topic, payload, qos=1, retain=False, properties=None):
        self.client.publish(topic, payload, qos, retain, properties).wait_for_publish(patience)

    def heard(self, count):
        return [self.told.get(timeout=patience) for _ in range(count)]

    def leave(self):
        self.client.disconnect()
        self.gone.get(timeout=patience)
        self.client.loop_stop()

    def die(self):
        self.client.loop_stop()
        self.client.socket().close()


def int_of(code):
    return code if isinstance(code, int) else code.value


def shown(messages):
    return [[m.topic, m.payload.decode(), m.qos, bool(m.retain)] for m in messages]


def every_qos():
    person = Person('every')
    granted = [person.subscribe('every/%d' % qos, qos) for qos in (0, 1, 2)]
    heard = []
    for qos in (0, 1, 2):
        person.publish('every/%d' % qos, 'at %d' % qos, qos)
        heard += shown(person.heard(1))
    person.leave()
    return {'connack': person.connack, 'granted': granted, 'heard': heard}


def retained():
    publisher, reader = Person('publisher'), Person('reader')
    publisher.publish('state/door', 'open', 1, True)
    publisher.publish('state/lamp', 'on', 2, True)
    publisher.publish('state/door', '', 1, True)
    reader.subscribe('state/#', 2)
    heard = shown(reader.heard(1))
    publisher.publish('state/end', 'end', 1)
    heard += shown(reader.heard(1))
    publisher.leave(), reader.leave()
    return heard


def wills():
    watcher = Person('watcher')
    watcher.subscribe('wills/+', 2)
    Person('lost', will=('wills/lost', 'lost', 2, False)).die()
    heard = shown(watcher.heard(1))
    Person('left', will=('wills/left', 'left', 1, False)).leave()
    watcher.publish('wills/end', 'end', 1)
    heard += shown(watcher.heard(1))
    watcher.leave()
    return heard


def kept():
    """Order holds within one QoS: the client hands over QoS 1 at its PUBLISH, QoS 2 at its PUBREL."""
    first, publisher = Person('kept', kept=True), Person('publisher')
    first.subscribe('kept/#', 2)
    first.leave()
    for number in range(50):
        publisher.publish('kept/%d' % (number % 3), str(number), 1 + number % 2)
    again = Person('kept', kept=True)
    heard = again.heard(50)
    again.publish('kept/end', 'end', 2)
    last = again.heard(1)[0].payload.decode()
    publisher.leave(), again.leave()
    in_order = [[int(m.payload) for m in heard if m.qos == qos] for qos in (1, 2)]
    return {'present': [first.connack[1], again.connack[1]], 'inOrder': in_order, 'last': last}


def request():
    """Version 5 alone: what travels beside a message."""
    person = Person('request')
    person.subscribe('request', 1)
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = [('unit', 'bar'), ('unit', 'psi'), ('a', 'b')]
    properties.ResponseTopic, properties.CorrelationData = 'answer', b'\x00\xff'
    properties.ContentType, properties.MessageExpiryInterval = 'text/plain', 60
    person.publish('request', 'q', 1, False, properties)
    got = person.heard(1)[0].properties
    person.leave()
    return [got.UserProperty, got.ResponseTopic, list(got.CorrelationData), got.ContentType]


story = {'everyQos': every_qos(), 'retained': retained(), 'wills': wills(), 'kept': kept()}
if five:
    story['request'] = request()
print(json.dumps(story))
