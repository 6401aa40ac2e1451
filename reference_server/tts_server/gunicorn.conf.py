"""gunicorn's settings; the command line overrides them.

One process with four threads: eSpeak NG speaks 500 times faster than real time, and a thread that waits for it does not
keep `/health` waiting. The engine is loaded in the worker, after the fork (no preload): the library's state is the
process's.
"""

wsgi_app = "tts_server.app:create_app()"
bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 1
threads = 4
timeout = 60
graceful_timeout = 20
accesslog = "-"
# Neither query nor referrer: what a user had spoken is personal.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
limit_request_line = 2048
