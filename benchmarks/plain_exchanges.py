"""40 exchanges as anybody would test them by hand: unittest and a thread, on Python 2.7 and newer; pytest collects it too."""

import socket
import threading
import unittest

try:
    timeout_errors = (socket.timeout, TimeoutError)
except NameError:
    timeout_errors = (socket.timeout,)


class Exchanges(unittest.TestCase):
    def exchange(self, number):
        greeting = ("hello %d" % number).encode("ascii")
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        seen = []

        def serve():
            conn, _ = listener.accept()
            conn.send(greeting)
            seen.append(conn.recv(100))
            conn.close()

        server = threading.Thread(target=serve)
        server.start()
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.connect(listener.getsockname())
        self.assertEqual(s.recv(1024), greeting)
        self.assertEqual(s.send(b"again"), 5)
        server.join()
        self.assertEqual(s.recv(1024), b"")
        self.assertEqual(seen, [b"again"])
        s.close()
        listener.close()

    def wait(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        s.settimeout(0.05)
        self.assertRaises(timeout_errors, s.recv, 10)
        s.close()


def _add(number):
    setattr(Exchanges, "test_%02d" % number, (lambda self: self.wait()) if number < 3 else (lambda self: self.exchange(number)))


for _number in range(40):
    _add(_number)

if __name__ == "__main__":
    unittest.main()
