"""COPY's CSV, which our binaries and PostgreSQL both print. Unlike the csv module it tells NULL (nothing) from '' (two quotes)."""


def records(text):
    """The records of `text`, each a tuple of str, or None for NULL."""
    out, record, at, end = [], [], 0, len(text)
    while at < end:
        if text[at] == '"':
            at += 1
            parts = []
            while True:
                quote = text.index('"', at)
                parts.append(text[at:quote])
                at = quote + 1
                if at < end and text[at] == '"':
                    parts.append('"')
                    at += 1
                else:
                    break
            record.append(''.join(parts))
        else:
            stop = at
            while stop < end and text[stop] not in ',\n':
                stop += 1
            record.append(text[at:stop] if stop > at else None)
            at = stop
        if at < end and text[at] == ',':
            at += 1
            if at == end or text[at] == '\n':
                record.append(None)
                at += 1
                out.append(tuple(record))
                record = []
            continue
        at += 1
        out.append(tuple(record))
        record = []
    return out
