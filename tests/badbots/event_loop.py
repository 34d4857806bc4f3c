# expect: fine
import asyncio


def act(percept):
    async def think():  # the loop takes a pair of sockets, which leads nowhere else
        await asyncio.sleep(0.001)
        return percept.legal_actions[0]

    return asyncio.run(think())
