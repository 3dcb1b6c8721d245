"""The playground: a page in the browser on the real engine.

visit.py      what one visitor does: commands in, events out; no network code, no threads
messages.py   the table of commands and events that page and visit speak in
frames.py     messages as bytes
server.py     pages and visits over HTTP (extra: digitnet[web])
static/       the page
"""
