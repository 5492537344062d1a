"""Workflow factories that other packages can build into their own pipelines."""

from nipype_mathimg.workflows.copy_headers import init_copy_headers_wf

__all__ = ["init_copy_headers_wf"]
