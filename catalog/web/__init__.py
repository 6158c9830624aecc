"""The same use cases as pages: rendered here, complete without JavaScript."""

from fastapi import APIRouter

from catalog.web import (
    access,
    assets,
    audit,
    datasets,
    design,
    errors,
    explaining,
    facets,
    home,
    networks,
    products,
    runs,
    search,
    session,
    steering,
    subscriptions,
    suggest,
)
from catalog.web.errors import problem_page

__all__ = ["problem_page", "router"]

router = APIRouter()
for feature in (
    home,
    search,
    explaining,
    facets,
    suggest,
    datasets,
    products,
    access,
    runs,
    subscriptions,
    steering,
    networks,
    audit,
    session,
    design,
    errors,
    assets,
):
    router.include_router(feature.router)
