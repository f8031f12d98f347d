"""Compute depthwise separable convolutions with NumPy: on small maps a plain product takes half of OpenCV's time.

A block looks at each channel by itself (3 x 3), then mixes the channels of each place (1 x 1); each half is scaled, shifted
and bent below zero. Source: Howard et al., MobileNets (2017); He et al., Delving Deep into Rectifiers (2015), for the bend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lms.proctoring.verifiers.onnx_head import dequantised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Block", "scale_and_shift"]

#: What the net's scaling adds to a variance.
EPSILON = 1e-3


def scale_and_shift(
    tables: Mapping[str, NDArray[Any]], name: str, epsilon: float = EPSILON
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return by what a normalisation multiplies each channel, and what it adds."""
    import numpy as np

    scale = np.asarray(tables[f"{name}_gamma"] / np.sqrt(tables[f"{name}_moving_var"] + epsilon), np.float32)
    return scale, np.asarray(tables[f"{name}_beta"] - tables[f"{name}_moving_mean"] * scale, np.float32)


class Block:
    """One block of the net; maps are height x width x channels."""

    def __init__(self, tables: Mapping[str, NDArray[Any]], name: str, stride: int) -> None:
        """Read the block's weights, with its normalisations worked into them."""
        import numpy as np

        scale, self._own_shift = scale_and_shift(tables, f"{name}_dw_batchnorm")
        own = dequantised(tables, f"{name}_dw_conv2d_weight").reshape(-1, 9) * scale[:, None]
        self._own, self._stride = np.ascontiguousarray(own.T).reshape(3, 3, -1), stride
        scale, self._mix_shift = scale_and_shift(tables, f"{name}_batchnorm")
        mix = dequantised(tables, f"{name}_conv2d_weight") * scale[:, None]
        self._mix = np.ascontiguousarray(mix.T)
        self._own_bend = tables[f"{name}_dw_relu_gamma"].ravel()
        self._mix_bend = tables[f"{name}_relu_gamma"].ravel()

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the map behind the block."""
        own = self._look(values)
        _bend(own, self._own_bend)
        height, width, channels = own.shape
        mixed = own.reshape(-1, channels) @ self._mix
        mixed += self._mix_shift
        _bend(mixed, self._mix_bend)
        return mixed.reshape(height, width, -1)

    def _look(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return each channel's weighted sum of nine neighbours, beyond the edge nothing."""
        import numpy as np

        height, width, channels = values.shape
        wide = np.zeros((height + 2, width + 2, channels), np.float32)
        wide[1:-1, 1:-1] = values
        step = self._stride
        down, across = (height - 1) // step + 1, (width - 1) // step + 1
        found = np.empty((down, across, channels), np.float32)
        found[:] = self._own_shift
        part = np.empty_like(found)
        for row in range(3):
            for column in range(3):
                seen = wide[row : row + step * down : step, column : column + step * across : step]
                np.multiply(seen[:down, :across], self._own[row, column], out=part)
                found += part
        return found


def _bend(values: NDArray[np.float32], slope: NDArray[np.float32]) -> None:
    """Multiply what is below zero by the channel's slope, in place."""
    import numpy as np

    below = np.minimum(values, 0)
    below *= slope
    np.maximum(values, 0, out=values)
    values += below
