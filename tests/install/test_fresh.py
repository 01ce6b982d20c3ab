"""A compiled pipeline starts on a Debian that has no -dev packages, only those that its --version names. Needs root,
for chroot."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason='chroot needs root')
MIRROR = 'http://deb.debian.org/debian'


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope='module')
def debian(tmp_path_factory):
    """The root of a minimal Debian of this machine's release."""
    release = dict(line.split('=', 1) for line in pathlib.Path('/etc/os-release').read_text().splitlines() if '=' in line)
    root = tmp_path_factory.mktemp('debian')
    run('debootstrap', '--variant=minbase', release['VERSION_CODENAME'], root, MIRROR)
    shutil.copy('/etc/resolv.conf', root / 'etc')
    yield root
    shutil.rmtree(root, ignore_errors=True)


def test_the_binary_starts_with_the_packages_that_it_names(sqlmill, root, debian, tmp_path):
    binary = tmp_path / 'clickstream'
    run(sqlmill, 'build', root / 'pipelines/clickstream/clickstream.sql', '-o', binary)
    needed = re.search(r'^apt-get install (.+)$', run(binary, '--version'), re.MULTILINE).group(1).split()
    shutil.copy(binary, debian)
    shutil.copy(root / 'pipelines/clickstream/data/events.ndjson', debian)
    run('chroot', debian, 'apt-get', 'update', '-q')
    run('chroot', debian, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-q', '-y', '--no-install-recommends', *needed)
    assert not list((debian / 'usr/include').glob('*/'))
    printed = run('chroot', debian, '/clickstream', 'replay', '--input', 'click_events=/events.ndjson', '--print', 'all')
    assert 's1001' in printed
