"""The shim that power_cut.c is, and what a power cut leaves of a folder that was written under it."""
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def build_shim(folder):
    shim = folder / 'power_cut.so'
    subprocess.run(['gcc', '-O1', '-Wall', '-Werror', '-shared', '-fPIC', '-o', shim, HERE / 'power_cut.c', '-ldl'], check=True)
    return shim


class Disk:
    """A folder on a disk that can fail, and lose what was not synced."""

    def __init__(self, shim, folder, shadow):
        self.shim, self.folder, self.shadow = shim, folder, shadow
        self.trigger = shadow / 'trigger'
        for part in ('data', 'names', 'kept'):
            (shadow / part).mkdir(parents=True)

    def environment(self, **more):
        return {'LD_PRELOAD': str(self.shim), 'SHIM_DIR': str(self.folder), 'SHIM_SHADOW': str(self.shadow),
                'SHIM_TRIGGER': str(self.trigger), **more}

    def cut(self):
        """The folder becomes what was synced. (Its own name is there.) How many files lost something."""
        lost = 0
        made = self.folder.with_name(self.folder.name + '.after')
        made.mkdir()
        pending = [(str(self.folder.stat().st_ino), made, self.folder)]
        while pending:
            key, to, was = pending.pop()
            names = self.shadow / 'names' / key
            entries = [line.split(' ', 2) for line in names.read_text().splitlines()] if names.exists() else []
            lost += len({path.name for path in was.iterdir()} - {name for _, _, name in entries}) if was.is_dir() else 0
            for kind, entry, name in entries:
                if kind == 'folder':
                    (to / name).mkdir()
                    pending.append((entry, to / name, was / name))
                    continue
                data = self.shadow / 'data' / entry
                bytes_ = data.read_bytes() if data.exists() else b''
                (to / name).write_bytes(bytes_)
                lost += not (was / name).exists() or (was / name).read_bytes() != bytes_
        shutil.rmtree(self.folder)
        made.rename(self.folder)
        for part in ('data', 'names', 'kept'):
            shutil.rmtree(self.shadow / part)
            (self.shadow / part).mkdir()
        self._note_all()
        return lost

    def _note_all(self):
        """What is there now is on the disk."""
        for path in [self.folder, *self.folder.rglob('*')]:
            number = str(path.stat().st_ino)
            if path.is_dir():
                lines = [f'{"folder" if p.is_dir() else "file"} {p.stat().st_ino} {p.name}\n' for p in path.iterdir()]
                (self.shadow / 'names' / number).write_text(''.join(lines))
            else:
                (self.shadow / 'data' / number).write_bytes(path.read_bytes())
                (self.shadow / 'kept' / number).hardlink_to(path)
