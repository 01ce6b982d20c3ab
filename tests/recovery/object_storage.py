"""A server that speaks S3 (moto), in a process of its own, with the packages that it needs."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

from kafka_broker import free_ports
from support.waiting import wait_for

TOOLS = pathlib.Path(os.environ.get('SQLMILL_CACHE') or pathlib.Path.home() / '.cache' / 'sqlmill') / 'moto'
VERSION = '5.2.5'
BUCKET = 'states'
# How often a request needs no credentials: those that make the bucket and the user.
PREPARATIONS = 4
HELPER = '''
import boto3, json, sys
s3 = boto3.client("s3")
for line in sys.stdin:
    code, a = json.loads(line)
    names = {"boto3": boto3, "json": json, "s3": s3, "a": a, "result": None}
    exec(code, names)
    print(json.dumps(names["result"]), flush=True)
'''


def python():
    """Of a venv that has moto, made once and kept."""
    binary = TOOLS / VERSION / 'bin' / 'python'
    if not (TOOLS / VERSION / 'made').exists():
        subprocess.run([sys.executable, '-m', 'venv', str(TOOLS / VERSION)], check=True, capture_output=True)
        subprocess.run([str(binary), '-m', 'pip', 'install', '--quiet', f'moto[server,s3]=={VERSION}'], check=True)
        (TOOLS / VERSION / 'made').touch()
    return binary


class ObjectStorage:
    """`checks`: it knows one user, and checks each request's signature."""

    def __init__(self, folder, checks=False):
        self.folder, self.checks = folder, checks
        self.port = int(free_ports(1))
        self.environment = {'AWS_ENDPOINT_URL': f'http://127.0.0.1:{self.port}', 'AWS_ACCESS_KEY_ID': 'any', 'AWS_SECRET_ACCESS_KEY': 'key',
                            'AWS_REGION': 'eu-central-1'}
        self.process = self.helper = self.helper_environment = None
        self.start()
        self.ask('s3.create_bucket(Bucket=a[0], CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})', BUCKET)
        if checks:
            key = self.ask('''
iam = boto3.client("iam")
iam.create_user(UserName="u")
iam.put_user_policy(UserName="u", PolicyName="all", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
key = iam.create_access_key(UserName="u")["AccessKey"]
result = [key["AccessKeyId"], key["SecretAccessKey"]]''')
            self.environment |= {'AWS_ACCESS_KEY_ID': key[0], 'AWS_SECRET_ACCESS_KEY': key[1]}

    def start(self):
        environment = {**os.environ, 'INITIAL_NO_AUTH_ACTION_COUNT': str(PREPARATIONS)} if self.checks else {**os.environ}
        self.process = subprocess.Popen([python(), '-c', 'import sys; from moto.server import main; main(sys.argv[1:])', '-H', '127.0.0.1',
                                         '-p', str(self.port)], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=(self.folder / 'moto.log').open('a'), stderr=subprocess.STDOUT)
        wait_for(self.answers, lambda: f'the S3 server:\n{(self.folder / "moto.log").read_text()}')

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), 1):
            return True
        return False

    def ask(self, code, *arguments):
        """Runs Python over boto3, in one process for all that is asked: `arguments` are `a`. What it puts into `result`."""
        if self.helper is None or self.helper_environment != self.environment:
            self.end_helper()
            self.helper_environment = dict(self.environment)
            self.helper = subprocess.Popen([python(), '-c', HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                           env={**os.environ, **self.environment, 'AWS_DEFAULT_REGION': 'eu-central-1'})
        self.helper.stdin.write(json.dumps([code, arguments]) + '\n')
        self.helper.stdin.flush()
        return json.loads(self.helper.stdout.readline())

    def end_helper(self):
        if self.helper is not None:
            self.helper.stdin.close()
            self.helper.wait()
            self.helper.stdout.close()

    def objects(self, prefix):
        """Name below the prefix → size."""
        return self.ask('''
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=a[0], Prefix=a[1] + "/")
result = {o["Key"][len(a[1]) + 1:]: o["Size"] for page in pages for o in page.get("Contents", [])}''', BUCKET, prefix)

    def read(self, name):
        return self.ask('result = s3.get_object(Bucket=a[0], Key=a[1])["Body"].read().decode()', BUCKET, name)

    def write(self, name, text):
        self.ask('s3.put_object(Bucket=a[0], Key=a[1], Body=a[2].encode())', BUCKET, name, text)

    def pause(self):
        """It takes connections, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """What it held is gone with it."""
        self.end_helper()
        self.resume()
        self.process.kill()
        self.process.wait()
