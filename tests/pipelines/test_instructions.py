"""How many instructions an event of the tutorial takes, counted by callgrind: the count repeats on a machine whose seconds do not. The
limits are a ratchet: what lowers the count lowers them in the same commit, and nothing raises them without a reason."""
import json
import random
import re
import subprocess

import clickstream_case as case
from support.pipeline import compiler

# What g++ makes of it, by its major version, plus 1 %. Noting what has changed, for checkpoints, takes 40 of them, also without --state,
# and asking for input and records ahead, which takes seconds off, 70.
# Another version may take a tenth more than the greatest.
LIMITS = {12: 2845}
FEW, MANY = 4_000, 24_000


def make_events(count):
    chance = random.Random(1)
    sessions = [(f's{i:012d}', f'user{chance.randint(1, count // 40):08d}', chance.choice(['mobile', 'desktop', 'tablet']),
                 chance.choice(['US', 'DE', 'FR', 'IN'])) for i in range(count // 8)]
    for i in range(count):
        # Sessions live for a while, many at a time.
        session, user, device, country = sessions[min(len(sessions) - 1, max(0, i // 8 + chance.randint(-100, 100)))]
        page = chance.choice(['/home', '/products', '/checkout', f'/products/{int(chance.random() ** 3 * 1000)}'])
        seconds = i // 40
        yield {'event_id': f'e{i:012d}', 'user_id': user, 'session_id': session,
               'event_type': chance.choices(['page_view', 'add_to_cart', 'purchase'], [18, 1, 1])[0], 'page_url': page,
               'referrer_url': 'https://google.com/search', 'device_type': device, 'country': country,
               'event_ts': f'2026-04-01T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{i % 1000:03d}Z'}


def test_instructions_an_event(tmp_path):
    source = tmp_path / 'clickstream.sql'
    source.write_text(case.SOURCE)
    subprocess.run([compiler(), 'build', str(source), '-o', str(tmp_path / 'clickstream')], check=True, capture_output=True)
    lines = [json.dumps(event, separators=(',', ':')) + '\n' for event in make_events(MANY)]

    def count(events):
        path = tmp_path / f'{events}.ndjson'
        path.write_text(''.join(lines[:events]))
        done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', str(tmp_path / 'clickstream'), 'replay',
                               '--input', f'click_events={path}', '--workers', '1'], capture_output=True, text=True, check=True)
        return int(re.search(r'refs:\s+([\d,]+)', done.stderr)[1].replace(',', ''))

    an_event = (count(MANY) - count(FEW)) / (MANY - FEW)
    version = int(subprocess.run(['g++', '-dumpversion'], capture_output=True, text=True, check=True).stdout.split('.')[0])
    limit = LIMITS.get(version, max(LIMITS.values()) * 1.1)
    assert an_event <= limit, f'{an_event:.0f} instructions an event, at most {limit:.0f} with g++ {version}'
    assert an_event >= limit * 0.8, f'{an_event:.0f} instructions an event: lower the limit, {limit:.0f} with g++ {version}'
