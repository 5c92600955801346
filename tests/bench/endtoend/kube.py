"""The Kubernetes side: kubectl and other clients, straight to an API server and through the proxy."""

from . import kube_bulk, kube_echo, kube_many, kube_requests
from .kube_scene import KubeScene


def measure(folder, files, size, given, note):
    with KubeScene(folder) as scene:
        results = {"mib": size >> 20, "rounds": given.rounds}
        results["watches"] = kube_requests.watches(scene, given.watches)
        note("watches")
        results["many"] = kube_many.measure(scene, given.execs)
        note("execs at once")
        results["requests"] = kube_requests.measure(scene, given.gets)
        note("requests")
        results["echo"] = kube_echo.measure(scene, given.keystrokes // 2, 4)
        note("kubectl exec -it")
        results["bulk"] = kube_bulk.measure(scene, files, size, given.rounds, note)
    return results
