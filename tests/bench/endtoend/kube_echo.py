"""Keystrokes over kubectl exec -it: one byte typed, until the pod's echo of it is back."""

from . import echo
from .kube_scene import settle


def measure(scene, count, turns):
    """{transport: {path: as echo.compare}}"""
    results = {}
    for transport, program in scene.programs.items():
        words = ["exec", "-it", "bb", "--", "/bin/sh", "-c", echo.SCRIPT]
        results[transport] = echo.compare({name: way.kubectl(program, *words) for name, way in scene.ways.items()},
                                          count, turns)
    settle(scene.proxy("proxy"))
    return results
