"""The actuator of actuator.world.test.ts, made with aiocoap: it cools when it is told to, by OSCORE or over TLS."""

import asyncio
import json
import ssl
import sys

import aiocoap
import aiocoap.resource as resource
from aiocoap.credentials import CredentialsMap
from aiocoap.oscore_sitewrapper import OscoreSiteWrapper


def say(*words):
    print(*words, flush=True)


class Cool(resource.Resource, resource.PathCapable):
    """POST device/<id>/cool"""

    async def render_post(self, request):
        order = json.loads(request.payload)
        say("cooling", request.opt.uri_path[0], order["action"], order["duration"])
        return aiocoap.Message(code=aiocoap.CHANGED, payload=b'{"cooling":true}', content_format=50)


def site():
    one = resource.Site()
    one.add_resource(["device"], Cool())
    return one


async def oscore(folder, port):
    credentials = CredentialsMap()
    credentials.load_from_dict({":node": {"oscore": {"basedir": folder}}})
    await aiocoap.Context.create_server_context(
        OscoreSiteWrapper(site(), credentials), bind=("127.0.0.1", int(port)), transports=["simplesocketserver"]
    )
    say("listening")
    await asyncio.get_running_loop().create_future()


async def tls(folder, port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
    context.load_verify_locations(f"{folder}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["coap"])
    await aiocoap.Context.create_server_context(
        site(), bind=("127.0.0.1", int(port) - 1), transports=["tlsserver"], _ssl_context=context
    )
    say("listening")
    await asyncio.get_running_loop().create_future()


asyncio.run({"oscore": oscore, "tls": tls}[sys.argv[1]](*sys.argv[2:]))
