"""The other side of aiocoap.world.test.ts: a server or a client made with aiocoap, one context from a folder."""

import asyncio
import sys

import aiocoap
import aiocoap.resource as resource
from aiocoap.credentials import CredentialsMap
from aiocoap.oscore_sitewrapper import OscoreSiteWrapper


def say(*words):
    print(*words, flush=True)


class Store(resource.Resource):
    """Gives back what was put last."""

    content = b"nothing"

    async def render_get(self, request):
        return aiocoap.Message(payload=self.content)

    async def render_put(self, request):
        self.content = request.payload
        return aiocoap.Message(code=aiocoap.CHANGED)


class Ticker(resource.ObservableResource):
    """Counts on, as long as somebody watches."""

    count = 0

    async def add_observation(self, request, server_observation):
        task = asyncio.ensure_future(self.tick(server_observation))
        server_observation.accept(task.cancel)

    async def tick(self, server_observation):
        while True:
            await asyncio.sleep(0.05)
            self.count += 1
            server_observation.trigger()

    async def render_get(self, request):
        return aiocoap.Message(payload=str(self.count).encode())


async def serve(folder, port):
    credentials = CredentialsMap()
    credentials.load_from_dict({":peer": {"oscore": {"basedir": folder}}})
    site = resource.Site()
    site.add_resource(["store"], Store())
    site.add_resource(["ticker"], Ticker())
    await aiocoap.Context.create_server_context(
        OscoreSiteWrapper(site, credentials), bind=("127.0.0.1", int(port)), transports=["simplesocketserver"]
    )
    say("listening")
    await asyncio.get_running_loop().create_future()


async def ask(folder, port, *wishes):
    base = f"coap://127.0.0.1:{port}"
    context = await aiocoap.Context.create_client_context(transports=["oscore", "simple6"])
    context.client_credentials.load_from_dict({f"{base}/*": {"oscore": {"basedir": folder}}})
    for wish in wishes:
        if wish == "put":
            body = bytes(range(256)) * 20
            message = aiocoap.Message(code=aiocoap.PUT, uri=f"{base}/store", payload=body)
            say("put", (await context.request(message).response).code)
            response = await context.request(aiocoap.Message(code=aiocoap.GET, uri=f"{base}/store")).response
            say("same" if response.payload == body else f"not the same: {response.payload[:80]!r}")
        elif wish == "observe":
            message = aiocoap.Message(code=aiocoap.GET, uri=f"{base}/ticker", observe=0)
            request = context.request(message)
            say("observed", (await request.response).payload.decode())
            seen = 0
            async for notification in request.observation:
                say("observed", notification.payload.decode())
                seen += 1
                if seen == 3:
                    break
        else:
            response = await context.request(aiocoap.Message(code=aiocoap.GET, uri=f"{base}/{wish}")).response
            say(response.code, response.payload.decode())
    await context.shutdown()


asyncio.run({"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:]))
