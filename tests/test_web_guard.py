"""The guard: foreign hosts, pages and those without a token are refused, on every way in."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from digitnet.web.guard import COOKIE, HEADERS, REFUSED
from digitnet.web.visits import Hosting
from tests.playground_server import Page, request, serving

TOKEN = "a-token-of-a-class"
PATHS = ("/", "/frames.js", "/api/openapi.json", "/nothing", "/vendor/nothing")


@pytest.fixture(scope="module")
def guarded(data):
    with serving(Hosting(data, token=TOKEN)) as port:
        yield port


def refused(port, **options):
    """The status with which a websocket is refused."""
    with pytest.raises(InvalidStatus) as caught:
        Page(port, "a-visitor", **options)
    return caught.value.response.status_code


class TestHosts:
    @pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.0.0.2"])
    def test_this_computers_own_names_are_welcome(self, name, port):
        for host in (name, f"{name}:{port}"):
            assert request(port, host=host)[0] == 200

    @pytest.mark.parametrize(
        "host",
        [
            "example.org", "localhost.example.org", "example.org:8460", "127.0.0.1.example.org",
            "0.0.0.0", "192.168.0.7", "[::2]", "", "localhost@example.org", "::1", "[::1",
        ],
    )  # fmt: skip
    def test_others_are_refused_everywhere(self, host, port):
        headers = {"Host": host}
        for path in PATHS:
            assert request(port, path=path, headers=headers)[0] == 403
        assert request(port, "POST", "/api/read", b"x", headers)[0] == 403
        _, _, content = request(port, path="/", headers=headers)
        assert b"this computer's own name" in content

    def test_a_websocket_of_another_host_is_refused(self, port):
        """As a name that resolves to this computer would have it (DNS rebinding)."""
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin": "http://example.org",
        }
        path = "/visit?id=a-visitor"
        assert request(port, path=path, headers=headers, host="example.org")[0] == 403


class TestOrigins:
    @pytest.mark.parametrize(
        "origin", ["http://example.org", "null", "http://localhost:1", "https://x"]
    )
    def test_other_pages_are_refused_everywhere(self, origin, port):
        for path in PATHS:
            assert request(port, path=path, headers={"Origin": origin})[0] == 403
        assert request(port, "POST", "/api/read", b"x", {"Origin": origin})[0] == 403
        assert refused(port, origin=origin) == 403

    def test_the_page_of_this_server_is_welcome(self, port):
        own = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
        assert request(port, headers=own)[0] == 200
        with Page(port, "own-page", headers={"Sec-Fetch-Site": "same-origin"}) as page:
            assert page.status()["status"] == "ready"

    def test_a_program_without_an_origin_is_welcome(self, port):
        with Page(port, "a-program", origin=None) as page:
            assert page.status()["status"] == "ready"

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    @pytest.mark.parametrize("mode", ["no-cors", "cors", "websocket", ""])
    def test_what_a_browser_says_another_page_asked_for_is_refused(self, site, mode, port):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
        for path in PATHS:
            assert request(port, path=path, headers=headers)[0] == 403
        assert request(port, "POST", "/api/read", b"x", headers)[0] == 403
        assert refused(port, origin=None, headers=headers) == 403
        assert refused(port, headers=headers) == 403

    def test_a_link_on_another_page_may_be_followed(self, port):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert request(port, headers=headers)[0] == 200


class TestToken:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize(
        "headers",
        [
            {}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {TOKEN}x"},
            {"Authorization": "Bearer "}, {"Cookie": f"{COOKIE}=wrong"}, {"Cookie": f"{COOKIE}="},
            {"Cookie": f"other={TOKEN}"}, {"Cookie": "\xff=;=;;="}, {"Authorization": "\xe9"},
        ],
    )  # fmt: skip
    def test_without_it_there_is_nothing(self, path, headers, guarded):
        status, _, content = request(guarded, path=path, headers=headers)
        assert status == 403
        assert b"the address with the token" in content

    @pytest.mark.parametrize("query", ["token=", "token=wrong", f"Token={TOKEN}", "token=%FF"])
    def test_a_wrong_one_in_the_address_is_none(self, query, guarded):
        assert request(guarded, path=f"/?{query}")[0] == 403

    @pytest.mark.parametrize(
        ("path", "location"),
        [("/", "."), ("/index.html", "index.html"), ("/vendor/uPlot.js", "uPlot.js")],
    )
    def test_the_address_becomes_a_cookie_and_one_without_it(self, path, location, guarded):
        status, headers, _ = request(guarded, path=f"{path}?token={TOKEN}")
        assert (status, headers["location"]) == (303, location)
        cookie = headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}-{guarded}={TOKEN};")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie  # a strict one is not sent after a link from elsewhere
        assert request(guarded, headers={"Cookie": cookie.partition(";")[0]})[0] == 200

    @pytest.mark.parametrize("path", ["//example.org/", "/%5C/example.org", "/javascript:alert(1)"])
    def test_it_never_leads_elsewhere(self, path, guarded):
        status, headers, _ = request(guarded, path=f"{path}?token={TOKEN}")
        assert status == 303
        assert ":" not in headers["location"]
        assert not headers["location"].startswith(("/", "\\"))

    def test_the_cookie_is_found_among_those_of_other_programs(self, guarded):
        """Cookies belong to a host, whatever its port."""
        others = [f"{COOKIE}-1=of-another-server", f"{COOKIE}=wrong; {COOKIE}-2=wrong"]
        for cookies in ('a="x; y"; b[1]=2', "=; ;;", "_xsrf=2|1:0|8:x", *others):
            headers = {"Cookie": f"{cookies}; {COOKIE}={TOKEN}"}
            assert request(guarded, headers=headers)[0] == 200

    def test_a_visit_needs_the_cookie(self, guarded):
        for headers in ({}, {"Cookie": f"{COOKIE}=wrong"}):
            with Page(guarded, "of-nobody", headers=headers) as page:
                with pytest.raises(ConnectionClosed) as caught:
                    page.hello()
                # Not before it is open: browsers do not tell their pages of that.
                assert caught.value.rcvd.code == REFUSED
                assert "the address with the token" in caught.value.rcvd.reason
        with Page(guarded, "of-a-class", headers={"Cookie": f"{COOKIE}={TOKEN}"}) as page:
            assert page.status()["status"] == "ready"

    def test_a_foreign_page_is_refused_though_it_has_the_cookie(self, guarded):
        headers = {"Cookie": f"{COOKIE}={TOKEN}"}
        assert refused(guarded, origin="http://example.org", headers=headers) == 403
        assert request(guarded, headers=headers | {"Origin": "http://example.org"})[0] == 403

    def test_other_programs_show_it_in_a_header(self, guarded):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert request(guarded, path="/api/openapi.json", headers=headers)[0] == 200
        assert request(guarded, "POST", "/api/read", b"no picture", headers)[0] == 422
        status, headers, content = request(guarded, "POST", "/api/read", b"no picture")
        assert (status, headers["content-type"]) == (403, "application/json")
        assert "token" in json.loads(content)["error"]

    @pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
    def test_the_scheme_may_be_written_in_any_way_but_must_be_there(self, scheme, guarded):
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        assert request(guarded, headers=headers)[0] == 200
        assert request(guarded, headers={"Authorization": TOKEN})[0] == 403

    def test_what_a_server_in_front_asks_for_leaves_the_cookie(self, guarded):
        headers = {"Authorization": "Basic dTpw", "Cookie": f"{COOKIE}={TOKEN}"}
        assert request(guarded, headers=headers)[0] == 200

    def test_any_name_of_this_computer_will_do_with_it(self, guarded):
        """For that of a telephone's network is not known here."""
        headers = {"Cookie": f"{COOKIE}={TOKEN}"}
        assert request(guarded, headers=headers, host="teacher.school.example:8460")[0] == 200


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/", 200), ("GET", "/frames.js", 200), ("GET", "/nothing", 404),
            ("GET", "/api/openapi.json", 200), ("GET", "/api", 307), ("GET", "/api/read", 405),
            ("POST", "/api/read", 422), ("DELETE", "/", 405), ("HEAD", "/", 200),
        ],
    )  # fmt: skip
    def test_every_answer_has_them(self, method, path, status, port):
        body = b"no picture" if method == "POST" else None
        found, headers, _ = request(port, method, path, body)
        assert found == status
        for name, value in HEADERS.items():
            assert headers[name] == value

    def test_so_have_refusals_and_welcomes(self, port, guarded):
        answers = [
            request(port, host="example.org"),
            request(guarded),
            request(guarded, path=f"/?token={TOKEN}"),
        ]
        assert [status for status, _, _ in answers] == [403, 403, 303]
        for _, headers, _ in answers:
            assert HEADERS.items() <= headers.items()

    def test_so_have_mistakes_of_ours(self, port, monkeypatch):
        def fail():
            raise RuntimeError("of ours")

        monkeypatch.setattr("digitnet.web.api.description", fail)
        status, headers, content = request(port, path="/api/openapi.json")
        assert status == 500
        assert HEADERS.items() <= headers.items()
        assert b"of ours" not in content

    def test_no_script_or_style_but_the_servers_own_is_allowed(self):
        policy = HEADERS["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy

    def test_the_server_does_not_say_what_it_is_made_of(self, port):
        assert "server" not in {name.lower() for name in request(port)[1]}


class TestStaticFiles:
    @pytest.mark.parametrize(
        "path",
        [
            "/../server.py", "/../../../pyproject.toml", "/..%2fserver.py", "/%2e%2e/server.py",
            "/%2e%2e%2fserver.py", "/..\\server.py", "/..%5cserver.py", "/vendor/../../server.py",
            "//etc/passwd", "/%2fetc/passwd", "/etc/passwd", "/index.html%00.js", "/C:/x",
            "/" + "a" * 5000, "/%c0%ae%c0%ae/server.py",
        ],
    )  # fmt: skip
    def test_nothing_outside_their_folder_is_given(self, path, port):
        status, _, content = request(port, path=path)
        assert status in (400, 404)
        assert b"Hosting" not in content
        assert b"root:" not in content

    def test_pages_and_modules_have_their_types(self, port):
        types = {
            path: request(port, path=path)[1]["content-type"].partition(";")[0]
            for path in ("/", "/frames.js", "/style.css", "/icon.svg")
        }
        assert list(types.values()) == ["text/html", "text/javascript", "text/css", "image/svg+xml"]
