"""What a class with this lesson needs from its JupyterHub; TEACHING.md says how much of it.

For The Littlest JupyterHub, copy this file to /opt/tljh/config/jupyterhub_config.d/ and run
``sudo tljh-config reload``. For a hub of your own, put into its jupyterhub_config.py:
``load_subconfig("/path/to/this/file")``.
"""

c = get_config()  # noqa: F821 - JupyterHub gives it

c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = "1G"  # no student's mistake takes the memory of the others
c.Spawner.environment = {
    "OPENBLAS_NUM_THREADS": "1",  # the lesson's matrices are 2 by 2
    "RMSPROP_LESSON_KEEP": "/opt/rmsprop_lesson",  # what the first picture needs, for all
}
# thirty servers that start at once keep each other waiting
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 180
