"""Certificates, authorities, passwords, key sets and the policy are replaced under load: whoever had valid
credentials is served, whoever has old ones is not."""

import contextlib
import json
import os
import ssl
import threading

import e2e
from credentials import Authority, Issuer, basic, bcrypt, trusting
from harness import Host, eventually, value
from reader import Reader, ask
from writer import Writer

FULL = "SHMX_FULL" in os.environ
ROTATIONS = 50 if FULL else 10
REQUESTS = 10_000 if FULL else 1_000

# Each a client that goes on all the while.
KINDS = ("certificate", "token", "password")


def rename(path, data):
    """As configuration management does."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.replace(path)


def in_place(path, data):
    """As an editor or a shell does: for a moment it is empty, then it is half of it."""
    with open(path, "wb") as file:
        file.flush()
        file.write(data[:len(data) // 2])
        file.flush()
        file.write(data[len(data) // 2:])


def flip(path, data):
    """As certbot and Kubernetes do: a symbolic link leads elsewhere."""
    flip.count += 1
    target = path.with_name(f"{path.name}.{flip.count}")
    target.write_bytes(data)
    link = path.with_name(path.name + ".link")
    link.symlink_to(target.name)
    link.replace(path)


flip.count = 0
WAYS = (rename, in_place, flip)


class Generation:
    """Everything that a client needs, made anew: an authority of clients, a key set, a password."""

    def __init__(self, directory, number):
        own = directory / f"generation-{number}"
        own.mkdir()
        self.number = number
        self.authority = Authority(own, f"authority-{number}")
        self.client = self.authority.issue("client", "DNS:shop.example")
        self.issuer = Issuer(own, "https://idp.example")
        (self.key,) = json.loads(self.issuer.keys.read_text(encoding="utf-8"))["keys"]
        self.key["kid"] = self.issuer.kid = f"key-{number}"
        self.token = "Bearer " + self.issuer.token(groups=["shop"])
        self.user = f"alice-{number}"
        self.hash = bcrypt(f"password-{number}")
        self.password = basic(self.user, f"password-{number}")
        self.in_use = 0  # requests under way
        self.used = set()  # by which kinds of clients, with success


class Files:
    """What the agent reads, as of some generations at once."""

    def __init__(self, directory):
        self.directory = directory
        self.servers = Authority(directory, "servers")
        self.certificate = directory / "server.pem"
        self.key = directory / "server.key"
        self.clients = directory / "clients.pem"
        self.keys = directory / "jwks.json"
        self.web_config = directory / "web-config.yml"
        self.config = directory / "shm_exporter.yml"

    def write(self, generations, way):
        """Certificate and key one after the other, as it always is."""
        identity = self.servers.issue("server", "DNS:localhost", as_name="next")
        way(self.certificate, identity.certificate.read_bytes())
        way(self.key, identity.key.read_bytes())
        way(self.clients, b"".join(g.authority.certificate.read_bytes() for g in generations))
        way(self.keys, json.dumps({"keys": [g.key for g in generations]}).encode())
        users = "".join(f"  {g.user}: {g.hash}\n" for g in generations)
        way(self.web_config, f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_ca_file: clients.pem
  client_auth_type: VerifyClientCertIfGiven
basic_auth_users:
{users}""".encode())
        rules = "".join(f"  - {{user: {g.user}, tenants: [shop]}}\n" for g in generations)
        way(self.config, f"""
tenants:
  shop: {{directory: {self.directory}/shop}}
readers:
  - {{san_dns: shop.example, tenants: [shop]}}
  - {{issuer: "https://idp.example", claim: groups, value: shop, tenants: [shop]}}
{rules}
issuers:
  - {{issuer: "https://idp.example", audience: shm-exporter, keys: {self.keys}}}
""".encode())


class Clients:
    """One thread of each kind that asks again and again with what is current."""

    def __init__(self, agent, servers, generation):
        self._agent = agent
        self._servers = servers
        self._changed = threading.Condition()
        self._current = generation
        self._stopped = False
        self.served = 0
        self.failures = []
        self._threads = [threading.Thread(target=self._run, args=(kind,)) for kind in KINDS]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        with self._changed:
            self._stopped = True
        for thread in self._threads:
            thread.join()

    def use(self, generation):
        """Returns when no request with older credentials is under way, and these have been in use by all: an
        agent that reads while several files are rewritten keeps what was in force."""
        with self._changed:
            old, self._current = self._current, generation
            assert self._changed.wait_for(
                lambda: old.in_use == 0 and (len(generation.used) == len(KINDS) or self.failures),
                timeout=60)

    def wait_until_served(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: self.served >= count or self.failures,
                                          timeout=300), f"only {self.served}"

    def _reader(self, kind, generation):
        identity = generation.client if kind == "certificate" else None
        authorization = {"certificate": None, "token": generation.token,
                         "password": generation.password}[kind]
        return Reader(self._agent, trusting(self._servers, identity), authorization)

    def _run(self, kind):
        reader, of, asked = None, None, 0
        while True:
            with self._changed:
                generation = self._current
                if self._stopped:
                    break
                generation.in_use += 1
            failure = None
            try:
                if of is not generation or (kind == "token" and asked % 3 == 0):
                    if reader:
                        reader.close()
                    reader, of = self._reader(kind, generation), generation
                asked += 1
                page = reader.ask().samples()
                assert value(page, "things_total", job="orders", tenant="shop") == 3, page
            except (AssertionError, OSError) as error:
                failure = f"{kind} of generation {generation.number}: {error!r}"
                reader, of = None, None
            with self._changed:
                generation.in_use -= 1
                self.served += failure is None
                if failure is None:
                    generation.used.add(kind)
                if failure:
                    self.failures.append(failure)
                self._changed.notify_all()
        if reader:
            reader.close()


class Rotation(e2e.Case):

    def expect_refused(self, agent, files, generation):
        """None of the credentials is good any more."""
        nobody = trusting(files.servers)
        for authorization in (generation.token, generation.password):
            self.assertEqual(ask(agent, tls=nobody, authorization=authorization).status, 401)
        with self.assertRaises((ssl.SSLError, OSError)):
            ask(agent, tls=trusting(files.servers, generation.client))

    def test_no_request_with_valid_credentials_fails(self):
        with Host(self.programs) as host, contextlib.ExitStack() as stack:
            files = Files(host.directory)
            (host.directory / "shop").mkdir()
            (host.directory / "shop").chmod(0o3730)
            old = Generation(host.directory, 0)
            files.write([old], rename)
            agent = host.start_agent("--config.file", files.config, "--web.config.file",
                                     files.web_config)
            writer = stack.enter_context(Writer(host, "orders", directory=host.directory / "shop"))
            writer.do("counter c things_total", "add c 3")
            eventually(lambda: self.assertEqual(
                value(ask(agent, tls=trusting(files.servers), authorization=old.password).samples(),
                      "things_total", job="orders", tenant="shop"), 3))
            with Clients(agent, files.servers, old) as clients:
                for number in range(1, ROTATIONS + 1):
                    way = WAYS[number % len(WAYS)]
                    new = Generation(host.directory, number)
                    files.write([old, new], way)
                    clients.use(new)
                    files.write([new], way)
                    self.expect_refused(agent, files, old)
                    clients.wait_until_served(number * REQUESTS // ROTATIONS)
                    self.assertEqual(clients.failures, [])
                    old = new
            self.assertGreaterEqual(clients.served, REQUESTS)
            self.assertEqual(clients.failures, [])

    def test_a_broken_replacement_leaves_what_was_in_force(self):
        with Host(self.programs) as host:
            files = Files(host.directory)
            (host.directory / "shop").mkdir()
            (host.directory / "shop").chmod(0o3730)
            generation = Generation(host.directory, 0)
            files.write([generation], rename)
            config = files.config.read_text(encoding="utf-8")
            files.config.write_text(config.replace("anonymous", "") + "anonymous: {operator: true}\n",
                                    encoding="utf-8")
            agent = host.start_agent("--config.file", files.config, "--web.config.file",
                                     files.web_config)
            shown = {"tls": trusting(files.servers)}

            def reloaded():
                return value(ask(agent, **shown).samples(),
                             "shm_exporter_config_last_reload_successful")

            eventually(lambda: self.assertEqual(reloaded(), 1))
            for path in (files.certificate, files.key, files.clients, files.keys, files.web_config,
                         files.config):
                for broken in (b"", b"garbage: [", None):
                    good = path.read_bytes()
                    if broken is None:
                        path.unlink()
                    else:
                        path.write_bytes(broken)
                    # An empty policy is one, too, but not for the tenants that there are.
                    self.assertEqual(reloaded(), 0, f"{path} {broken}")
                    self.assertEqual(
                        ask(agent, authorization=generation.password, **shown).status, 200)
                    path.write_bytes(good)
                    eventually(lambda: self.assertEqual(reloaded(), 1))


if __name__ == "__main__":
    e2e.main()
