"""A transactional producer, which kcat is not: librdkafka by its C functions."""
import contextlib
import ctypes

TIMEOUT_MS = 60_000
PRODUCER = 0
ANY_PARTITION = -1
COPY = 2


class Producer:
    def __init__(self, broker, transactional_id):
        self._kafka = ctypes.CDLL('librdkafka.so.1')
        for name in ('conf_new', 'new', 'topic_new', 'init_transactions', 'begin_transaction', 'commit_transaction', 'abort_transaction'):
            getattr(self._kafka, f'rd_kafka_{name}').restype = ctypes.c_void_p
        self._kafka.rd_kafka_error_string.restype = ctypes.c_char_p
        reason = ctypes.create_string_buffer(512)
        config = ctypes.c_void_p(self._kafka.rd_kafka_conf_new())
        for name, value in (('bootstrap.servers', broker.address), ('transactional.id', transactional_id)):
            wrong = self._kafka.rd_kafka_conf_set(config, name.encode(), value.encode(), reason, len(reason))
            assert wrong == 0, reason.value
        self._client = ctypes.c_void_p(self._kafka.rd_kafka_new(PRODUCER, config, reason, len(reason)))
        assert self._client, reason.value
        self._check('init_transactions', TIMEOUT_MS)

    def _check(self, name, *arguments):
        error = getattr(self._kafka, f'rd_kafka_{name}')(self._client, *arguments)
        assert not error, self._kafka.rd_kafka_error_string(ctypes.c_void_p(error))

    def begin(self, topic, *values):
        """Begins a transaction and has its messages written."""
        self._check('begin_transaction')
        handle = ctypes.c_void_p(self._kafka.rd_kafka_topic_new(self._client, topic.encode(), None))
        for value in values:
            wrong = self._kafka.rd_kafka_produce(handle, ANY_PARTITION, COPY, value.encode(), ctypes.c_size_t(len(value.encode())), None,
                                                 ctypes.c_size_t(0), None)
            assert wrong == 0
        assert self._kafka.rd_kafka_flush(self._client, TIMEOUT_MS) == 0
        self._kafka.rd_kafka_topic_destroy(handle)

    def commit(self):
        self._check('commit_transaction', TIMEOUT_MS)

    def abort(self):
        self._check('abort_transaction', TIMEOUT_MS)

    def close(self):
        self._kafka.rd_kafka_destroy(self._client)


@contextlib.contextmanager
def transactional(broker, transactional_id):
    producer = Producer(broker, transactional_id)
    try:
        yield producer
    finally:
        producer.close()
