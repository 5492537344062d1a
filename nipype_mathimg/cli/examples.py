"""An example of every function of the formula language, in one line."""

from __future__ import annotations

from nipype_mathimg.formula.functions import Function

__all__ = ["example_of"]

_ARGUMENTS = {"x1": "a", "x2": "b", "mask": "mask", "structure": "ball(2)", "labels": "atlas"}
"""What a parameter is called in an example; an image by default."""

_EXAMPLES = {
    "gcd": "np.gcd(labels, 12)",
    "lcm": "np.lcm(labels, 12)",
    "ldexp": "np.ldexp(a, 2)",
    "left_shift": "labels << 2",
    "right_shift": "labels >> 2",
    "bitwise_and": "labels & 255",
    "bitwise_or": "(a > 0) | (b > 0)",
    "bitwise_xor": "(a > 0) ^ (b > 0)",
    "bitwise_count": "np.bitwise_count(labels)",
    "invert": "~(mask > 0)",
    "add": "a + b",
    "subtract": "a - b",
    "multiply": "a * b",
    "divide": "a / b",
    "floor_divide": "a // b",
    "remainder": "a % b",
    "power": "a**2",
    "negative": "-a",
    "less": "a < b",
    "less_equal": "a <= b",
    "greater": "a > b",
    "greater_equal": "a >= b",
    "equal": "labels == 17",
    "not_equal": "labels != 0",
    "linalg.norm": "np.linalg.norm(a, axis=-1)",
    "round": "np.round(a, 2)",
    "astype": "a.astype('int16')",
    "where": "np.where(mask > 0, a, 0)",
    "bincount": "np.bincount(labels[mask > 0])",
    "histogram": "np.histogram(a, bins=100)[0]",
    "select": "np.select([a > 10, a > 5], [2, 1], 0)",
    "clip": "np.clip(a, 0, 100)",
    "nan_to_num": "np.nan_to_num(a)",
    "isin": "np.isin(labels, [17, 53])",
    "digitize": "np.digitize(a, [0, 10, 100])",
    "interp": "np.interp(a, [0, 100], [0, 1])",
    "average": "np.average(a, axis=-1, weights=w)",
    "corrcoef": "np.corrcoef(a[..., 0][mask > 0], b[..., 0][mask > 0])[0, 1]",
    "percentile": "np.percentile(a[mask > 0], 98)",
    "nanpercentile": "np.nanpercentile(a, 98, axis=-1)",
    "quantile": "np.quantile(a, 0.5, axis=-1)",
    "nanquantile": "np.nanquantile(a, 0.5, axis=-1)",
    "full_like": "np.full_like(a, 1)",
    "array": "np.array([1, 2, 3])[labels // 17]",
    "stack": "np.stack([a[..., 0], b[..., 0]], axis=-1)",
    "concatenate": "np.concatenate([a, b], axis=-1)",
    "arange": "a * np.arange(len(w))",
    "squeeze": "np.squeeze(a)",
    "expand_dims": "np.expand_dims(mask, -1) * a",
    "transpose": "np.transpose(a, (0, 1, 2, 3))",
    "swapaxes": "np.max(np.mean(np.swapaxes(a, 0, 3), axis=0))",
    "moveaxis": "np.mean(np.moveaxis(a, -1, 0), axis=0)",
    "flip": "np.flip(a, axis=-1)",
    "ravel": "np.max(np.ravel(a))",
    "reshape": "np.mean(np.reshape(a, (-1,)))",
    "roll": "np.roll(a, 1, axis=-1)",
    "gradient": "np.gradient(a, axis=-1)",
    "pad": "np.pad(a, ((0, 0), (0, 0), (0, 0), (1, 0)), mode='edge')",
    "take": "np.take(a, 0, axis=-1)",
    "repeat": "np.repeat(a, 2, axis=-1)",
    "tile": "np.tile(a, (1, 1, 1, 2))",
    "min()": "min(3, np.max(a)) * a",
    "max()": "max(1, np.min(a)) * a",
    "sum()": "sum([1, 2, 3]) * a",
    "len()": "a / len(a)",
    "matmul": "a @ (np.array(w) / len(w))",
    "ndimage.gaussian_filter": "ndimage.gaussian_filter(a, fwhm=6*mm)",
    "ndimage.gaussian_gradient_magnitude": "ndimage.gaussian_gradient_magnitude(a, 2*mm)",
    "ndimage.gaussian_laplace": "ndimage.gaussian_laplace(a, 2*mm)",
    "ndimage.sobel": "ndimage.sobel(a, axis=0)",
    "ndimage.prewitt": "ndimage.prewitt(a, axis=0)",
    "ndimage.correlate": "ndimage.correlate(a, box(3))",
    "ndimage.convolve": "ndimage.convolve(a, box(3))",
    "anisotropic_diffusion()": "anisotropic_diffusion(a, 1.5, iterations=10)",
    "ndimage.gaussian_filter1d": "ndimage.gaussian_filter1d(a, 2, axis=-1)",
    "ndimage.uniform_filter1d": "ndimage.uniform_filter1d(a, 3, axis=-1)",
    "ndimage.minimum_filter1d": "ndimage.minimum_filter1d(a, 3, axis=-1)",
    "ndimage.maximum_filter1d": "ndimage.maximum_filter1d(a, 3, axis=-1)",
    "ndimage.correlate1d": "ndimage.correlate1d(a, [-0.5, 0, 0.5], axis=0)",
    "ndimage.convolve1d": "ndimage.convolve1d(a, [1, 2, 1], axis=0)",
    "ndimage.rank_filter": "ndimage.rank_filter(a, -1, size=3)",
    "ndimage.percentile_filter": "ndimage.percentile_filter(a, 50, size=3)",
    "ndimage.shift": "ndimage.shift(a, (1, 0, 0), order=0)",
    "ndimage.center_of_mass": "ndimage.center_of_mass(mask)",
    "ndimage.generate_binary_structure": (
        "ndimage.binary_erosion(mask > 0, ndimage.generate_binary_structure(3, 2))"
    ),
    "ndimage.iterate_structure": (
        "ndimage.binary_erosion(mask > 0, ndimage.iterate_structure(cross(3), 2))"
    ),
    "ndimage.label": "ndimage.label(mask > 0)[0]",
    "ball()": "ndimage.binary_dilation(mask > 0, ball(4*mm))",
    "itk_ball()": "ndimage.binary_dilation(mask > 0, itk_ball(2))",
    "box()": "ndimage.binary_erosion(mask > 0, box(3))",
    "cross()": "ndimage.binary_erosion(mask > 0, cross(3))",
    "components()": "components(mask > 0)",
    "remove_small()": "remove_small(mask > 0, voxels=20)",
    "inpaint()": "inpaint(a, labels == 3, sigma=2*mm)",
    "smooth_in()": "smooth_in(a, mask > 0, fwhm=6*mm)",
    "geodesic_distance()": "geodesic_distance(labels == 3, mask > 0)",
    "sphere()": "np.mean(a[sphere((-4, 30, 12), 6*mm)])",
    "staple()": "staple(np.stack([mask, labels == 3]), axis=0)",
    "mode()": "mode(a.astype(int), axis=-1)",
    "maximum.accumulate": "np.maximum.accumulate(a, axis=-1)",
    "minimum.accumulate": "np.minimum.accumulate(a, axis=-1)",
    "symmetric()": "np.linalg.eigvalsh(symmetric(a[..., :6]))",
    "linalg.eigvalsh": "np.linalg.eigvalsh(symmetric(a[..., :6]))[..., 2]",
    "linalg.eigh": "np.linalg.eigh(symmetric(a[..., :6]))[1][..., 2]",
    "crop()": "crop(a, mask, margin=2)",
    "itk_gaussian()": "itk_gaussian(a, sigma=2*mm)",
    "itk_recursive_gaussian()": "itk_recursive_gaussian(a, sigma=2*mm)",
    "hessian()": "np.linalg.eigvalsh(hessian(a, 2*mm))[..., 0]",
    "itk_canny()": "itk_canny(a, 2*mm, 0.5, 1.5)",
    "objectness()": "objectness(a, [1*mm, 2*mm])",
    "regress()": "regress(a, w)",
    "bandpass()": "bandpass(a, 0.01, 0.1)",
    "bptf()": "bptf(a, 50)",
}
"""Where what the signature says is no good example."""


def example_of(row: Function) -> str:
    """Return a call of a function; ``a`` and ``b`` are runs, ``mask``, ``labels`` volumes."""
    if row.key in _EXAMPLES:
        return _EXAMPLES[row.key]
    parameters = row.parameters
    words = [
        _ARGUMENTS.get(name, "a") for name, default in parameters.items() if default is None
    ] or ["a"]
    kind = row.namespace == "ndimage"
    if kind and row.name.startswith(("binary", "distance")):
        words[0] = "mask > 0"
    elif kind and parameters.get("size") == "None":
        words.append("size=3")
    elif "axis" in parameters:
        words.append("axis=-1")
    return f"{row.spelling}({', '.join(words)})"
