"""Stand-ins for the services behind the gateway, and how they break."""

import httpx

OK = httpx.Response(200, json={"is_fine": True})
RESET = httpx.ReadError("reset by http://10.9.8.7:5")
REFUSED = httpx.ConnectError("http://10.9.8.7:5 refused")
GONE = httpx.RemoteProtocolError("closed")


class Service:
    """A stand-in that remembers what it was asked and answers in turn."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer
