#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A web server for tests/cli/url.sh: files of a folder by ranges, and what servers do wrong.

usage: ranges.py FOLDER LOG          prints its port, serves until killed; LOG gets "STATUS BYTES PATH" for each answer

The first part of a path chooses what goes wrong:
    /ok/F          nothing              /whole/F       no ranges: all of it, always
    /moved/F       redirect to /ok/F    /far/F         redirect to file:///F
    /cut/F         every fifth answer breaks off halfway
    /busy/F        every fifth answer is 503
    /changed/F     another ETag in every second answer
    /other/F       the range after the one asked for
    /more/F        a body longer than the range
    /signed/F      redirect to /once/N/F, which gives 403 after its second answer
    /slow/F        a moment before each answer
"""
import http.server
import os
import re
import sys
import threading
import time

folder, log = sys.argv[1], open(sys.argv[2], 'w', buffering=1)
lock, count, signed = threading.Lock(), {}, [0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self, status, body=b'', **headers):
        length = headers.pop('length', len(body))
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace('_', '-'), value)
        self.send_header('Content-Length', str(length))
        self.end_headers()
        if length > len(body):
            self.close_connection = True
        self.wfile.write(body)
        log.write(f'{status} {len(body)} {self.path}\n')

    def do_GET(self):
        how, _, name = self.path.lstrip('/').partition('/')
        with lock:
            count[self.path] = n = count.get(self.path, 0) + 1
        if how in ('moved', 'far'):
            return self.answer(302, Location='/ok/' + name if how == 'moved' else 'file:///' + name)
        if how == 'signed':
            signed[0] += 1
            return self.answer(302, Location=f'/once/{signed[0]}/{name}')
        if how == 'once':
            name = name.partition('/')[2]
            if n > 2:
                return self.answer(403)
        if how == 'slow':
            time.sleep(0.03)
        if how == 'busy' and n % 5 == 1:
            return self.answer(503)
        path = os.path.join(folder, os.path.basename(name))
        if not os.path.exists(path):
            return self.answer(404, b'<html>no such file</html>')
        size = os.path.getsize(path)
        asked = re.match(r'bytes=(\d+)-(\d+)$', self.headers.get('Range', ''))
        if how == 'whole' or not asked:
            with open(path, 'rb') as f:
                return self.answer(200, f.read(1 << 20), length=size)
        first, last = int(asked[1]), min(int(asked[2]), size - 1)
        if first >= size:
            return self.answer(416, Content_Range=f'bytes */{size}')
        if how == 'other':
            first += 512
        with open(path, 'rb') as f:
            f.seek(first)
            body = f.read(last - first + 1)
        length = len(body)
        if how == 'more':
            body += b'x'
            length += 1
        if how == 'cut' and n % 5 == 2:
            body = body[:length // 2]
        tag = '"b"' if how == 'changed' and n % 2 == 0 else '"a"'
        self.answer(206, body, length=length, Content_Range=f'bytes {first}-{last}/{size}', ETag=tag)


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
