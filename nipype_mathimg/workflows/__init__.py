"""Workflow factories that other packages can build into their own pipelines.

Each module has one factory, ``init_<module>_wf``, named after what comes out; most are one node,
whose program stands in the module as a text. A new one starts from `single_node`, is listed here,
and gets a script in ``workflows/`` and a test against the chain that it replaces.

- over time: `tsnr`, `zscore`, `percent_signal_change`, `fieldmap`
- masks: `mask_union`, `mask_intersection`, `masked_mean`, `coverage_mask`, `goodvoxels`, `ribbon`
- neighbourhoods: `smooth_in_mask`, `cluster_threshold`, `clean_segmentation`, `roi_spheres`
- regions, groups and scales: `parcellation`, `group_stats`, `harmonize`, `normalize_tpms`
- surfaces: `metric_maps`
- headers: `copy_headers`
- what they share: `single_node` (the frame of a factory), `running` (of a script)
"""

from nipype_mathimg.workflows.clean_segmentation import init_clean_segmentation_wf
from nipype_mathimg.workflows.cluster_threshold import init_cluster_threshold_wf
from nipype_mathimg.workflows.copy_headers import init_copy_headers_wf
from nipype_mathimg.workflows.coverage_mask import init_coverage_mask_wf
from nipype_mathimg.workflows.fieldmap import init_fieldmap_wf
from nipype_mathimg.workflows.goodvoxels import init_goodvoxels_wf
from nipype_mathimg.workflows.group_stats import init_group_stats_wf
from nipype_mathimg.workflows.harmonize import init_harmonize_wf
from nipype_mathimg.workflows.mask_intersection import init_mask_intersection_wf
from nipype_mathimg.workflows.mask_union import init_mask_union_wf
from nipype_mathimg.workflows.masked_mean import init_masked_mean_wf
from nipype_mathimg.workflows.metric_maps import init_metric_maps_wf
from nipype_mathimg.workflows.normalize_tpms import init_normalize_tpms_wf
from nipype_mathimg.workflows.parcellation import init_parcellation_wf
from nipype_mathimg.workflows.percent_signal_change import init_percent_signal_change_wf
from nipype_mathimg.workflows.ribbon import init_ribbon_wf
from nipype_mathimg.workflows.roi_spheres import init_roi_spheres_wf
from nipype_mathimg.workflows.single_node import init_single_node_wf
from nipype_mathimg.workflows.smooth_in_mask import init_smooth_in_mask_wf
from nipype_mathimg.workflows.tsnr import init_tsnr_wf
from nipype_mathimg.workflows.zscore import init_zscore_wf

__all__ = [
    "init_clean_segmentation_wf",
    "init_cluster_threshold_wf",
    "init_copy_headers_wf",
    "init_coverage_mask_wf",
    "init_fieldmap_wf",
    "init_goodvoxels_wf",
    "init_group_stats_wf",
    "init_harmonize_wf",
    "init_mask_intersection_wf",
    "init_mask_union_wf",
    "init_masked_mean_wf",
    "init_metric_maps_wf",
    "init_normalize_tpms_wf",
    "init_parcellation_wf",
    "init_percent_signal_change_wf",
    "init_ribbon_wf",
    "init_roi_spheres_wf",
    "init_single_node_wf",
    "init_smooth_in_mask_wf",
    "init_tsnr_wf",
    "init_zscore_wf",
]
