"""Programs of the talk "An Introduction to Tornado" (PyCon 2011): ``zonda`` stands for ``tornado``.

``python -m examples.talk.hello`` and ``python -m examples.talk.client``, which asks it.
"""
