"""Scrapes one address from as many threads as told, each scrape over a connection of its own, until its
input ends; then says how many there were and what was wrong with the others. It never tries again.
scraper.py HOST PORT THREADS"""

import http.client
import json
import sys
import threading

host, port, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
over = threading.Event()
answered = [0] * threads
failures = []


def scrape(own):
    while not over.is_set():
        try:
            connection = http.client.HTTPConnection(host, port, timeout=30)
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            page = response.read()
            connection.close()
            if response.status != 200 or not page.endswith(b"\n"):
                raise OSError(f"{response.status}: {page[:200]!r}")
        except (OSError, http.client.HTTPException) as failure:
            failures.append(repr(failure))
        else:
            answered[own] += 1
            if sum(answered) == threads:
                print("scraping", flush=True)


running = [threading.Thread(target=scrape, args=(own,)) for own in range(threads)]
for thread in running:
    thread.start()
sys.stdin.read()
over.set()
for thread in running:
    thread.join()
print(json.dumps({"answered": sum(answered), "failures": failures}))
