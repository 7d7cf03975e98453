"""Who works here, in Settings: the accounts with their roles, what is done about them, and one's own PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from station_app.domain.accounts import AccountRole, SignedIn, roles_at
from station_app.domain.guards import Act
from station_app.domain.text import Text
from station_app.services import accounts, guarding
from station_app.ui import main_window, theme
from station_app.ui.flow_layout import in_rows
from station_app.ui.guarded import guard
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.parts import TextCombo, across, button, down, hold, label
from station_app.ui.secret_line import NEW_PIN, NewSecret, SecretLine, said_of
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.services.accounts import Account
    from station_app.storage.workspace import Workspace
    from station_app.ui.session import Session

NAME, ROLE, STATE = Text("姓名", "Name"), Text("角色", "Role"), Text("状态", "State")
IN_USE, OUT_OF_USE, FIRST_PIN, ELSEWHERE = (
    Text("使用中", "in use"),
    Text("已停用", "out of use"),
    Text("口令待本人更换", "PIN of somebody else's choosing"),
    Text("口令不在这台电脑上", "PIN not on this computer"),
)
SIGNED_IN = Text("已登录：{name}（{role}）。", "Signed in: {name} ({role}).")
TWO = Text("两人规则在用：本人登记的由另一个人复核、上报和作废。", "The rule of two stands: what one entered another one reviews, sends "
           "and withdraws.")  # fmt: skip
TWO_BEGINS = Text(
    "从现在起两人规则生效：本人登记的由另一个人复核、上报和作废，更改密钥要两人在场。这条规则不能由一个人取消。",
    "The rule of two stands from now on: what one entered another one reviews, sends and withdraws, and keys are changed by two. "
    "One person can not end it.",
)
ADD, CHANGE_ROLE, RETIRE, BRING_BACK, RESET, OWN_PIN, STORY, SWITCH = (
    Text("添加用户…", "Add an account …"), Text("改角色…", "Change the role …"), Text("停用", "Take out of use"),
    Text("恢复使用", "Take into use again"), Text("重设口令…", "Reset the PIN …"), Text("换我的口令…", "Change my PIN …"),
    Text("历史", "History"), Text("换人(Ctrl+Shift+L)", "Another person (Ctrl+Shift+L)"))  # fmt: skip
OLD_PIN = Text("现在的口令", "Present PIN")
SAVE, BACK = Text("保存", "Save"), Text("返回", "Back")
DONE = Text("{name}：{what}", "{name}: {what}")
ADDED = Text(
    "已添加{role}。请本人登录后换成自己的口令。", "added as {role}. After signing in, choose a PIN of your own."
)
FIRST = Text("已添加{role}，已登录。", "added as {role} and signed in.")
ROLE_SET, RETIRED, BACK_IN_USE, PIN_SET, PIN_RESET = (
    Text("现在是{role}。", "is {role} now."), Text("已停用；以前登记的仍署名。", "out of use; what was entered keeps the name."),
    Text("已恢复使用。", "in use again."), Text("口令已更换。", "the PIN is changed."),
    Text("口令已重设，请本人登录后换成自己的。", "the PIN is reset; choose one of your own after signing in."))  # fmt: skip
MOST_ROWS = 6  # in sight at once
WORKING = Text("正在保存用户", "Saving the account")


class PersonPanel(QWidget, Retranslated):
    """The fields one act about an account asks for; ``save()`` is called by its button and Enter."""

    def __init__(self, save: Callable[[], None], roles: tuple[AccountRole, ...]) -> None:
        super().__init__()
        self.follow_language()
        self.title, self.name = label("strong"), QLineEdit()
        self.name.setMaxLength(40)
        self.say(self.name.setPlaceholderText, NAME)
        self.say(self.name.setAccessibleName, NAME)
        self.role = TextCombo([(role.label, role) for role in roles])
        self.say(self.role.setAccessibleName, ROLE)
        self.old, self.pin = SecretLine(OLD_PIN), NewSecret(NEW_PIN)
        self.error = label("", wrap=True, state="error")
        self.save_button = self.said(button("primary", save), SAVE)
        self.back = self.said(button("", self.hide), BACK)
        for signal in (self.name.returnPressed, self.old.entered, self.pin.entered):
            signal.connect(save)
        self.setLayout(down(self.title, self.name, self.role, self.old, self.pin, self.error,
                            across(self.save_button, self.back, None), spacing=6))  # fmt: skip

    def begin(self, title: Text, *fields: QWidget) -> None:
        """Show the fields of an act, empty."""
        self.say(self.title.setText, title)
        self.name.clear()
        self.pin.begin()
        self.old.clear()
        for each in (self.name, self.role, self.old, self.pin):
            each.setVisible(each in fields)
        self.error.hide()
        self.show()
        fields[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def fail(self, error: BaseException) -> None:
        """Say what is wrong."""
        self.say(self.error.setText, said_of(error))
        self.error.show()


class PeopleCard(QWidget, Retranslated):
    """The accounts, and what may be done about the one that is chosen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self.roles = roles_at(session.workspace.identity.role)
        self.standing = label("hint", wrap=True)
        self.table = ItemsTable((
            Column(NAME, lambda each: each.name, width=120),
            Column(ROLE, lambda each: each.role.label, width=100),
            Column(STATE, self._state, state=lambda each: "ok" if self._state(each) is IN_USE else "soft_text"),
        ))  # fmt: skip
        self.table.picked.connect(lambda _account: self._verbs())
        self.add_button = self.said(button("", self.ask_add), ADD)
        self.role_button = self.said(button("", self.ask_role), CHANGE_ROLE)
        self.active_button = button("", self.set_active)
        self.reset_button = self.said(button("", self.ask_reset), RESET)
        self.pin_button = self.said(button("", self.ask_own_pin), OWN_PIN)
        self.story_button = self.said(button("link", self.show_story), STORY)
        self.switch_button = self.said(button("", self.switch), SWITCH)
        self.panel = PersonPanel(self.save, self.roles)
        self.panel.hide()
        self._save: Callable[[], None] = lambda: None
        guard(self, session, Act.ACCOUNTS, self.add_button, self.role_button, self.active_button, self.reset_button)
        verbs = in_rows(self.add_button, self.pin_button, self.switch_button, self.role_button, self.active_button,
                        self.reset_button, self.story_button)  # fmt: skip
        self.setLayout(down(self.standing, self.table, verbs, self.panel, spacing=6))
        session.person_changed.connect(self.reload)

    @staticmethod
    def _state(account: Account) -> Text:
        if not account.is_active:
            return OUT_OF_USE
        return ELSEWHERE if not account.here else IN_USE if account.own_pin else FIRST_PIN

    def reload(self) -> None:
        """Read again who there is."""
        if self.session.closed:
            return
        workspace = self.session.workspace
        found = accounts.accounts(workspace)
        problem, me = accounts.standing(workspace), workspace.identity.account
        parts = [SIGNED_IN.format(name=me.name, role=me.role.label)] if me else []
        parts += [problem.text] if problem else [TWO] if guarding.needs_two(workspace) else []
        self.say(self.standing.setText, Text("".join(p.zh for p in parts), " ".join(p.en for p in parts)))
        self.table.setVisible(bool(found))
        self.table.set_items(found)
        self.table.setFixedHeight((1 + min(max(len(found), 1), MOST_ROWS)) * theme.current().row + theme.current().l)
        for each in (self.pin_button, self.switch_button):
            each.setVisible(bool(found))
        self._verbs()

    def _verbs(self) -> None:
        account: Account | None = self.table.current()
        for each in (self.role_button, self.active_button, self.reset_button, self.story_button):
            each.setVisible(account is not None)
        if account is not None:
            self.say(self.active_button.setText, RETIRE if account.is_active else BRING_BACK)
            self.reset_button.setVisible(account.is_active)

    # --- what is asked

    def ask_add(self) -> None:
        """Ask for a new account; the first manages the others."""
        first = not self.session.workspace.has_accounts
        fields = (self.panel.name, self.panel.pin) if first else (self.panel.name, self.panel.role, self.panel.pin)
        self.panel.role.choose(self.roles[0] if first else AccountRole.RECORDER)
        self._save = self._add
        self.panel.begin(ADD, *fields)
        if first:
            self.panel.name.setText(self.session.workspace.identity.author)

    def ask_role(self) -> None:
        """Ask for the role of the chosen account."""
        account: Account = self.table.current()
        self._save = self._set_role
        self.panel.begin(DONE.format(name=account.name, what=CHANGE_ROLE), self.panel.role)
        self.panel.role.choose(account.role)

    def ask_reset(self) -> None:
        """Ask for another PIN for the chosen account."""
        account: Account = self.table.current()
        self._save = self._reset
        self.panel.begin(DONE.format(name=account.name, what=RESET), self.panel.pin)

    def ask_own_pin(self) -> None:
        """Ask for a PIN of one's own."""
        self._save = self._own_pin
        self.panel.begin(OWN_PIN, self.panel.old, self.panel.pin)

    def save(self) -> None:
        """Do what was asked for."""
        if self.panel.save_button.isEnabled():
            self._save()

    # --- what is done

    def _add(self) -> None:
        pin, name, role = self.panel.pin.value(), self.panel.name.text(), self.panel.role.value()
        workspace = self.session.workspace
        first, two = not workspace.has_accounts, guarding.needs_two(workspace)

        def said(_account: Account) -> Text:
            if guarding.needs_two(workspace) and not two:
                self.session.say(TWO_BEGINS, "info", lasting=True)
            return (FIRST if first else ADDED).format(role=role.label)

        if pin is not None:
            self._do(lambda own: accounts.add(own, name, role, pin), said)

    def _set_role(self) -> None:
        account, role = self.table.current(), self.panel.role.value()
        self._do(
            lambda own: accounts.set_role(own, account, role), lambda _now: ROLE_SET.format(role=role.label), account
        )

    def set_active(self) -> None:
        """Take the chosen account out of use, or into use again."""
        account: Account = self.table.current()
        active = not account.is_active
        said = BACK_IN_USE if active else RETIRED
        self._do(lambda own: accounts.set_active(own, account, active), lambda _now: said, account)

    def _reset(self) -> None:
        account, pin = self.table.current(), self.panel.pin.value()
        if pin is not None:
            self._do(lambda own: accounts.reset(own, account, pin), lambda _now: PIN_RESET, account)

    def _own_pin(self) -> None:
        account, old, pin = accounts.current(self.session.workspace), self.panel.old.text(), self.panel.pin.value()
        if pin is not None and account is not None:
            self._do(lambda own: accounts.change_pin(own, account, old, pin), lambda _now: PIN_SET, account)

    def _do(
        self, act: Callable[[Workspace], Account | None], said: Callable[[Account], Text], about: Account | None = None
    ) -> None:
        """Do an act off the window's thread (a PIN takes a quarter of a second), then show how it stands."""
        panel = self.panel
        release = hold(panel.save_button)

        def work(own: Workspace, _context: object) -> Account:
            made = act(own)
            return accounts.named(own, made.mark if made is not None else about.mark if about is not None else "")

        def done(account: Account) -> None:
            release()
            panel.hide()
            self._work_as(account)
            self.session.say(DONE.format(name=account.name, what=said(account)), "ok")

        def failed(error: BaseException) -> None:
            release()
            if panel.isVisible():
                panel.fail(error)
            else:
                self.session.show_error(error)

        self.session.beside(work, title=WORKING, on_done=done, on_error=failed)

    def _work_as(self, account: Account) -> None:
        """Let this window know what became of the account it works with, or of the first one."""
        workspace = self.session.workspace
        me = workspace.identity.account
        if me is None or me.mark == account.mark:
            now = SignedIn(account.name, account.mark, account.role, account.own_pin)
            workspace.work_as(now if account.is_active else None)
        self.session.person_changed.emit()
        self.session.drafts_changed.emit()
        if me is not None and workspace.identity.account is None:
            self.switch()

    def show_story(self) -> None:
        """Show what became of the chosen account, and by whom."""
        account: Account = self.table.current()
        self.session.go(Place(record_type="account", record_id=account.record_id))

    def switch(self) -> None:
        """Let another person sign in."""
        window = self.window()
        if isinstance(window, main_window.MainWindow):
            window.ask_who()
