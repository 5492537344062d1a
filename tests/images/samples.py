"""Headers of nibabel in and out of what is tested: nibabel is the reference for every field."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from nibabel.nifti1 import Nifti1Extension

from nipype_mathimg.images.files.other_formats import as_nifti
from nipype_mathimg.images.headers import compare, derive, parts
from nipype_mathimg.images.headers import lost as lost_fields
from nipype_mathimg.images.headers.volume import VolumeHeader

NIBABEL_HEADERS = {1: nib.Nifti1Header, 2: nib.Nifti2Header}


def ours(donor, affine=None):
    """Return a header of nibabel as the package sees it."""
    if affine is None:
        affine = getattr(donor, "get_affine", donor.get_best_affine)()
    return as_nifti(donor, np.asarray(affine, float))


def volume(donor):
    """Return a header of nibabel as that of a volume to be written."""
    return VolumeHeader(ours(donor))


def theirs(result):
    """Return a header of the package as nibabel sees it."""
    found = NIBABEL_HEADERS[result.version](result.tobytes(), check=False)
    found.extensions.extend(Nifti1Extension(code, content) for code, content in result.extensions)
    return found


def derive_header(donor, spec, *, affine=None, **options):
    """Call `derive.derive_header`."""
    result, notes = derive.derive_header(ours(donor, affine), spec, **options)
    return theirs(result), notes


def fresh_header(affine, spec, **options):
    """Call `derive.fresh_header`."""
    result, notes = derive.fresh_header(affine, spec, **options)
    return theirs(result), notes


def with_data_range(donor, data_range):
    """Call `derive.with_data_range`."""
    return theirs(derive.with_data_range(ours(donor), data_range))


def lost(donor, result):
    """Call `lost_fields.lost_fields`."""
    return lost_fields.lost_fields(ours(donor), ours(result))


def copy_parts(own, donor, spec, names, *, own_affine=None, donor_affine=None):
    """Call `parts.copy_parts`."""
    pair = ours(own, own_affine), ours(donor, donor_affine)
    result, notes = parts.copy_parts(*pair, spec, names)
    return theirs(result), notes


def compare_headers(reference, image, *, image_affine=None):
    """Call `compare.compare_headers`."""
    return compare.compare_headers(ours(reference), ours(image, image_affine))
