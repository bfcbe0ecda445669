"""Stand-ins on loopback: a store that speaks enough of S3, and a scanner that speaks INSTREAM.

The store keeps objects in memory. It answers what a client of object storage asks: whole and ranged
reads, writes in one piece and in parts, deletes. It looks at signatures only as far as to refuse a
request without one.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless file by which every scanner shows that it looks (in two pieces in this source)."""


@dataclass
class Bucket:
    """A bucket: its objects, and uploads in parts that are under way."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    aborted: int = 0
    largest_request: int = 0
    heard: list[str] = field(default_factory=list)
    """What it was told beside contents: each request's line and headers."""
    fails_with: str = ""
    """What it says, if it is to refuse everything."""


def _handler(bucket: Bucket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def _body(self) -> bytes:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            bucket.largest_request = max(bucket.largest_request, len(body))
            return body

        def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _asked(self) -> tuple[str, dict[str, list[str]]] | None:
            split = urlsplit(self.path)
            bucket.heard.append(f"{self.requestline}\n{self.headers}")
            if bucket.fails_with:
                self._body()
                said = f"<Error><Code>Odd</Code><Message>{bucket.fails_with}</Message></Error>"
                self._answer(400, said.encode())
                return None
            if "AWS4-HMAC-SHA256" not in self.headers.get("authorization", ""):
                self._body()
                self._answer(403)
                return None
            return split.path, parse_qs(split.query, keep_blank_values=True)

        def do_PUT(self) -> None:
            if (asked := self._asked()) is None:
                return
            path, query = asked
            if "uploadId" in query:
                bucket.parts[query["uploadId"][0]][int(query["partNumber"][0])] = self._body()
            else:
                bucket.objects[path] = self._body()
            self._answer(200, ETag='"e"')

        def do_POST(self) -> None:
            if (asked := self._asked()) is None:
                return
            path, query = asked
            body = self._body()
            if "delete" in query:
                keys = re.findall(r"<Key>([^<]*)</Key>", body.decode())
                for key in keys:
                    bucket.objects.pop(f"{path.rstrip('/')}/{key}", None)
                deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
                text = f"<DeleteResult>{deleted}</DeleteResult>"
            elif "uploads" in query:
                upload = f"u{len(bucket.parts) + 1}"
                bucket.parts[upload] = {}
                told = f"<UploadId>{upload}</UploadId>"
                text = f"<InitiateMultipartUploadResult>{told}</InitiateMultipartUploadResult>"
            else:
                parts = bucket.parts.pop(query["uploadId"][0])
                bucket.objects[path] = b"".join(parts[number] for number in sorted(parts))
                told = '<ETag>"e"</ETag>'
                text = f"<CompleteMultipartUploadResult>{told}</CompleteMultipartUploadResult>"
            self._answer(200, text.encode(), content_type="application/xml")

        def do_GET(self) -> None:
            if (asked := self._asked()) is None:
                return
            content = bucket.objects.get(asked[0])
            dated = {"Last_Modified": "Fri, 20 Nov 2026 12:00:00 GMT", "ETag": '"e"'}
            if content is None:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
            if wanted is None:
                self._answer(200, content, **dated)
                return
            start, end = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
            told = f"bytes {start}-{end}/{len(content)}"
            self._answer(206, content[start : end + 1], Content_Range=told, **dated)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def do_DELETE(self) -> None:
            if (asked := self._asked()) is None:
                return
            path, query = asked
            if "uploadId" in query:
                bucket.parts.pop(query["uploadId"][0], None)
                bucket.aborted += 1
            bucket.objects.pop(path, None)
            self._answer(204)

    return Handler


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    """A store on a free port, for as long as a test needs it."""
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(bucket))
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield bucket
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Clamd:
    """A scanner that finds the test file, and can be told to misbehave."""

    port: int = 0
    answer: bytes | None = None
    """What it answers whatever it gets; None: a verdict."""
    scanned: int = 0


@asynccontextmanager
async def running_clamd() -> AsyncIterator[Clamd]:
    """A scanner on a free port, for as long as a test needs it."""
    clamd = Clamd()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        content = b""
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            while size := int.from_bytes(await reader.readexactly(4), "big"):
                content += await reader.readexactly(size)
            clamd.scanned += 1
            verdict = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
            writer.write(clamd.answer if clamd.answer is not None else verdict)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    clamd.port = server.sockets[0].getsockname()[1]
    yield clamd
    server.close()
    await server.wait_closed()
