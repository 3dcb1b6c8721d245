"""The playground, a page in the browser on the real engine; and the live parts of the course.

visit.py      what one visitor does: commands in, events out; no network code, no threads
messages.py   the table of commands and events that page and visit speak in
frames.py     messages as bytes
visits.py     the visits of all who are connected, each with a seat: a thread and a queue (seat.py)
server.py     pages and visits over HTTP (extra: digitnet[web]); serving.py: uvicorn, as it needs it
guard.py      who may talk to it
static/       the page
export.py     the page as files: alone.py is its visit, in the browser
course/       figures that move, and checks of exercises: lesson.py answers them in the browser
"""
