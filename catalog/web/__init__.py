"""The same use cases as pages: rendered here, complete without JavaScript."""

from fastapi import APIRouter

from catalog.web import (
    about,
    access,
    accounts,
    applications,
    assets,
    audit,
    datasets,
    design,
    erasure,
    errors,
    explaining,
    facets,
    facts,
    glass,
    home,
    keys,
    members,
    networks,
    oidc,
    organizations,
    products,
    profile,
    runs,
    search,
    second_factor,
    session,
    steering,
    subscriptions,
    succession,
    suggest,
    viewing,
)
from catalog.web.errors import problem_page
from catalog.web.visitor import reader_of

__all__ = ["problem_page", "reader_of", "router"]

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
    organizations,
    succession,
    members,
    applications,
    runs,
    subscriptions,
    steering,
    networks,
    audit,
    facts,
    glass,
    erasure,
    viewing,
    session,
    keys,
    oidc,
    accounts,
    profile,
    second_factor,
    about,
    design,
    errors,
    assets,
):
    router.include_router(feature.router)
