"""An account as people walk it: signed up for by mail, with a second factor, in a real browser, on both stacks."""

import json
import re
import subprocess
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Installation
from tests.e2e.test_failures import until
from tests.e2e.test_pages import shot
from tests.people import PASSWORD

EMAIL = "wang.fang@example.cn"


def mails(installation: Installation) -> list[EmailMessage]:
    folder = Path(installation.environment["SHUYUAN_DATA"]) / "mail"
    paths = sorted(folder.glob("*.eml"), key=lambda path: int(path.stem.rpartition("_")[2]))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def test_an_account_is_walked_on_pages(installation: Installation, browser: Browser) -> None:
    installation.environment["SHUYUAN_PUBLIC_URL"] = installation.url
    installation.start()
    page = browser.new_context(base_url=installation.url, locale="zh-CN", bypass_csp=True).new_page()

    page.goto("/")
    page.get_by_role("link", name="登录").click()
    page.get_by_role("link", name="注册账号").click()
    page.get_by_label("电子邮箱").fill(EMAIL)
    page.get_by_role("button", name="发送链接").click()
    expect(page.get_by_role("heading", name="请查收邮件")).to_be_visible()
    until(lambda: len(mails(installation)) == 1)
    text = mails(installation)[0].get_content()
    page.goto(re.findall(r"http\S+/sign-up/confirm\S+", text)[0])
    page.get_by_label("姓名").fill("王芳")
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_role("button", name="建立账号").click()
    expect(page).to_have_url(re.compile("/profile$"))

    page.get_by_role("link", name="双因素验证").click()
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="启用双因素验证").click()
    expect(page.get_by_role("img", name="下方密钥的二维码")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    barriers(page)
    shot(page, "second-factor")
    totp = pyotp.TOTP(page.locator("#secret").inner_text().strip())
    page.get_by_label("验证码").fill(totp.now())
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    barriers(page)
    shot(page, "recovery-codes")
    codes = page.locator("#codes").inner_text().split()
    assert len(set(codes)) == 10

    sign_out(page)
    enter(page)
    # The code that switched it on is used up; the next one is taken early, as of an app whose clock goes ahead.
    page.get_by_label("验证码").fill(totp.at(int(time.time()) + 30))
    page.get_by_role("button", name="继续").click()
    expect(page).to_have_url(re.compile("/profile/name$"))

    sign_out(page)
    enter(page)
    page.get_by_label("验证码").fill(codes[0])
    page.get_by_role("button", name="继续").click()
    expect(page).to_have_url(re.compile("/profile/name$"))
    page.goto("/profile")
    expect(page.get_by_text("剩余 9 个恢复码")).to_be_visible()
    shot(page, "profile")

    installation.command("people", "block", EMAIL)
    page.reload()
    expect(page.get_by_text("401")).to_be_visible()
    until(lambda: mails(installation)[-1]["Subject"] == "您的账号已停用")


def enter(page: Page) -> None:
    page.goto("/profile/name")
    page.get_by_role("main").get_by_role("link", name="登录").click()
    page.get_by_label("电子邮箱").fill(EMAIL)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="登录").click()


def sign_out(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="退出").click()


def barriers(page: Page) -> None:
    report = Axe().run(page)
    assert not report.violations_count, report.generate_report()


def test_administrators_are_made_by_command_and_are_three_people(installation: Installation, browser: Browser) -> None:
    made = installation.command("people", "create-admin", "--email", EMAIL, "--role", "security_admin", "--json")
    refused = installation.command("people", "create-admin", "--email", EMAIL, "--role", "auditor", "--json", code=1)
    assert refused["error"] == "SeparationError"
    installation.start()

    page = browser.new_context(base_url=installation.url, locale="en").new_page()
    page.goto(made["link"].replace("http://127.0.0.1:8000", installation.url))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("does not count without your second factor")).to_be_visible()
    [person] = installation.command("people", "list", "--json")["people"]
    assert (person["email"], person["state"], person["roles"]) == (EMAIL, "active", ["security_admin"])
    installation.command("people", "reset-second-factor", EMAIL, code=1)


def test_who_is_new_has_a_key_whose_line_works_when_it_is_pasted(installation: Installation, browser: Browser) -> None:
    installation.environment["SHUYUAN_PUBLIC_URL"] = installation.url
    installation.start()
    page = browser.new_context(base_url=installation.url, locale="zh-CN").new_page()
    page.goto("/")

    page.get_by_role("link", name="两分钟获取密钥").click()
    page.get_by_role("main").get_by_role("link", name="注册").click()
    page.get_by_label("电子邮箱").fill(EMAIL)
    page.get_by_role("button", name="发送链接").click()
    until(lambda: len(mails(installation)) == 1)
    page.goto(re.findall(r"http\S+/sign-up/confirm\S+", mails(installation)[0].get_content())[0])
    page.get_by_label("姓名").fill("王芳")
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_role("button", name="建立账号").click()
    page.get_by_role("link", name="我的密钥").click()
    page.get_by_label("名称").fill("气象看板")
    page.get_by_role("button", name="创建密钥").click()
    line = page.locator("#line").inner_text()
    shot(page, "key")

    answer = subprocess.run(["/bin/bash", "-c", line], capture_output=True, check=True, text=True).stdout
    assert json.loads(answer)["total"] == 0
    page.goto("/keys")
    assert page.locator("#line").count() == 0
