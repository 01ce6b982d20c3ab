"""Superset's settings for the test: a SQLite file for what it keeps, and nothing beside it."""
import os

SECRET_KEY = 'of no importance: it is gone with the test'
SQLALCHEMY_DATABASE_URI = f'sqlite:///{os.environ["SUPERSET_HOME"]}/superset.db'
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
