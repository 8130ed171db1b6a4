#!/usr/bin/python3
"""A mail server for tests, over aiosmtpd; what arrives is read by Python's own email package.

usage: smtp_receiver.py JOURNAL [--tls starttls|tls|none] [--cert FILE --key FILE] [--login USER:PASSWORD]

Listens on 127.0.0.1, prints its port, and appends one JSON line for each mail to JOURNAL.
Recipients say what happens: rcpt-550@… and data-451@… are refused with that code, at RCPT or after
the message; once-451@… only the first time; slow@… is answered after 20 s.
"""
import argparse
import asyncio
import email
import email.policy
import json
import re
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

SLOW_SECONDS = 20
WORDS = {"421": "4.3.2 going down", "450": "4.2.1 busy", "451": "4.3.0 try later",
         "550": "5.1.1 no such user", "552": "5.2.2 full", "554": "5.6.0 not wanted"}


def describe(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    parts = [p for p in message.walk() if not p.is_multipart()]
    return {
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "header_count": len(message.keys()),
        "defects": [str(d) for d in message.defects] + [str(d) for p in parts for d in p.defects],
        "type": message.get_content_type(),
        "parts": [{"type": p.get_content_type(), "charset": p.get_content_charset(),
                   "encoding": p["content-transfer-encoding"], "text": p.get_content().replace("\r\n", "\n")} for p in parts],
        "ascii": all(b < 128 for b in data),
        "bare_newlines": len(re.findall(rb"(?<!\r)\n|\r(?!\n)", data)),
        "longest_line": max(len(line) for line in data.split(b"\r\n")),
    }


class Handler:
    def __init__(self, journal):
        self.journal = journal
        self.seen = set()

    def verdict(self, address, stage):
        found = re.match(r"(rcpt|data|once)-(\d{3})@", address)
        if not found or found[1] not in (stage, "once"):
            return None
        if found[1] == "once":
            if address in self.seen:
                return None
            self.seen.add(address)
        return f"{found[2]} {WORDS.get(found[2], '5.0.0 refused')}"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self.verdict(address, "rcpt")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            refusal = self.verdict(address, "data")
            if refusal:
                return refusal
            if address.startswith("slow@"):
                await asyncio.sleep(SLOW_SECONDS)
        line = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name,
                "tls": session.ssl is not None, "login": session.auth_data,
                "mail": describe(envelope.original_content)}
        with open(self.journal, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return "250 2.0.0 taken"


def make_server(arguments, handler, context):
    options = {"hostname": "mail.test", "enable_SMTPUTF8": False}
    if arguments.tls == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if arguments.login:
        user, password = arguments.login.split(":", 1)

        def authenticate(server, session, envelope, mechanism, data):
            good = data.login.decode() == user and data.password.decode() == password
            return AuthResult(success=good, auth_data=user, handled=good)

        options.update(authenticator=authenticate, auth_required=True,
                       auth_require_tls=arguments.tls == "starttls")
    return SMTP(handler, **options)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("journal")
    parser.add_argument("--tls", default="none")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--login")
    arguments = parser.parse_args()
    context = None
    if arguments.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.cert, arguments.key)
    handler = Handler(arguments.journal)
    server = await asyncio.get_running_loop().create_server(
        lambda: make_server(arguments, handler, context), "127.0.0.1", 0,
        ssl=context if arguments.tls == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
