"""Help of each page: what it is for and the steps, in the order a new person takes them."""

from __future__ import annotations

from dataclasses import dataclass

from station_app.domain.text import Text


@dataclass(frozen=True, slots=True)
class Help:
    """Help of one page."""

    what: Text
    steps: tuple[Text, ...] = ()


KEYS: tuple[tuple[str, Text], ...] = (
    ("Ctrl+K", Text("查找牧户、地块、样地、页面", "Find a household, parcel, plot or page")),
    ("Ctrl+1 … 0", Text("打开左边第 1 到第 10 页", "Open page 1 to 10 on the left")),
    ("Ctrl+PgUp/PgDn", Text("上一页、下一页", "Page before, page after")),
    ("F6", Text("在页面列表、工作区、状态栏之间移动", "Between pages, work and status line")),
    ("Ctrl+N", Text("新增一条", "New record")),
    ("Enter", Text("打开所选的一条；在表单里到下一项", "Open the selected one; in a form, next field")),
    ("Ctrl+Enter", Text("保存", "Save")),
    ("Esc", Text("关闭右侧内容，回到列表", "Close what is open, back to the list")),
    ("Ctrl+F", Text("在本页列表中筛选", "Filter the list of this page")),
    (
        "Ctrl+Z",
        Text(
            "撤销上一步操作(一行、一次粘贴、一次导入)，关闭后再打开也可以；没有保存的先撤，已上报的不能撤",
            "Undo the last action (a row, a paste, an import), also after closing and opening again; what is not saved goes "
            "first, what was sent can not be undone",
        ),
    ),
    ("Ctrl+Y · Ctrl+Shift+Z", Text("重做撤销的操作", "Redo what was undone")),
    ("F8", Text("为什么是这个数：一直查到记录和条款", "Why this figure: down to records and clauses")),
    ("Ctrl+L", Text("锁定窗口；离开时用", "Lock the window when you leave it")),
    ("F5", Text("重新读取", "Read again")),
    ("F1", Text("本页帮助；可查问题代码", "Help of this page; codes of problems")),
)

HELP: dict[str, Help] = {
    "today": Help(
        Text("一眼看到该做什么。上面四步就是一份数据的全程：记录、检查、导出、上报。",
             "What is to be done, at a glance. The four steps are the whole way of a record: record, check, export, send."),
        (Text("“记录”：新增或继续填写；没有写完的自动留作草稿。", "Record: begin or go on; what is unfinished is kept as a draft."),
         Text("“检查”：核对全部待上报的记录，逐条列出问题，点一下就到那一项。",
              "Check: looks at everything waiting to be sent and lists each problem, one click from its field."),
         Text("“导出”：生成县里要的 Excel 表，写完会读回核对。", "Export: writes the county's workbooks and reads them back to compare."),
         Text("“上报”：把新记录打成签名的包，用 U 盘或网络交给县里；回执导入后状态自动更新。",
              "Send: packs new records, signed, for a stick or a network; the county's receipt moves their state on."))),
    "households": Help(
        Text("找到一户，看它的草场、牲畜、补奖和历史。", "Find one household and see its land, animals, payments and history."),
        (Text("直接输入姓名、拼音首字母或户编号筛选。", "Type a name, pinyin initials or a code to filter."),
         Text("按 Enter 打开这一户；“概况”列出与它有关的全部记录。", "Enter opens it; Overview lists everything about it."),
         Text("花名册可以从 Excel 导入，没有户编码也行：先按身份证号、再按同村姓名找已登记的户，其余编下一个号；重复导入同一份不会改变任何内容。",
              "The roster can be imported from Excel, also without household codes: matched by identity number, else by name in the "
              "village, the rest given the next number. Importing the same file again changes nothing."))),
    "parcels": Help(
        Text("谁承包哪块草场、面积多少、禁牧还是草畜平衡。", "Who holds which land, how large, under which scheme."),
        (Text("先有牧户，再登记地块；面积以亩计，保留三位小数。", "Households first, then parcels; areas in mu with three places."),
         Text("从 Excel 导入时按地块编号对应，已有的只更新变动项。",
              "Imports match by parcel code; what is there is only updated where it differs."))),
    "livestock": Help(
        Text("按嘎查村、时点清点牲畜：一行一户，数字直接填。", "Count by village and occasion: one row a household, type the numbers."),
        (Text("选择嘎查村和时点(6 月末、12 月末、抽查)。", "Choose village and occasion (mid-year, year-end, spot check)."),
         Text("在表格里直接输入头数，方向键和 Enter 移动；离开一行就保存。",
              "Type heads in the grid, move with arrows and Enter; a row is saved when you leave it."),
         Text("“羊单位”一列随输入折算；按 F8 看怎么折算的。", "Sheep units follow what is typed; F8 says how they are reckoned."),
         Text("与上次相差很大、远高于常见数的格子会标出：核对后改正，或写明原因，也可以照样保存。",
              "A cell far from the last time or from what is usual is marked: correct it or say why; it is saved all the same."),
         Text("进度条显示已清点的户数。", "The bar shows how many households are counted."))),
    "surveys": Help(
        Text("样地、样方和各种调查表。旧表与新表分开存放，不互相转换。",
             "Plots, quadrats and the other survey forms. Old and new editions are kept apart."),
        (Text("先建样地，再在样地里填样方。", "Make the plot first, then fill in its quadrats."),
         Text("样方里干重可以以后再补，列表会提示还缺什么。", "Dry weights may follow later; the list shows what is missing."),
         Text("其他调查表在“更多调查表”里。", "Further forms are under More forms."))),
    "compensation": Help(
        Text("从县里的方案到每户的应发金额。", "From the county's plan to what each household is due."),
        (Text("收到县里下发的补奖方案(或在县级工作站录入)。", "Take the county's plan (or enter it at the county)."),
         Text("选嘎查村，点“计算批次”：面积 × 标准，逐户四舍五入。", "Choose a village and run the batch: area × rate, rounded per line."),
         Text("批次里写明谁暂缓、谁未列入、为什么、怎么办；改好后“计算补发批次”只补漏发的户和新增的面积，一块地一年只发一次。",
              "The batch says who is held or left out, why, and what to do; a supplement then pays only who was missed and land "
              "added: land is paid once a year."),
         Text("明细暂缓或放行后，批次合计用“重新合计”；对不上的批次不能导出、打包、认可。",
              "After lines were held or let go, work the totals out anew; a batch that does not add up is not exported, packed or "
              "accepted."),
         Text("公示，登记异议，导出发放清册：每个项目、每一批各一张。",
              "Post the notice, note objections, export the register: one list for each programme and batch."))),
    "inspections": Help(Text("巡查发现的问题、处理和整改期限。", "What inspections found, what was ordered, and by when."),
                        (Text("按 Ctrl+N 记录一次巡查。", "Ctrl+N records an inspection."),)),
    "balance": Help(
        Text("谁超载、超多少、为什么。最超载的排在最前；没有清点或载畜量的排在最后并说明缺什么，不当作零。",
             "Who is over capacity, by how much, why. The worst stand first; those without count or capacity last, with what "
             "is missing: none is not zero."),
        (Text("没有数字时，先按提示补齐计算方案、草场、产草量、清点。",
              "Without figures, fill in what the page names: scheme, parcels, yields, counts."),
         Text("选层级、时点、口径、嘎查村；直接输入名称、编码、拼音首字母筛选。",
              "Choose level, occasion, view, village; type a name, a code or initials to filter."),
         Text("用方向键走到一个数，按 F8 看它怎么来的；在来源上按 Enter 打开那条记录或系数，Esc 返回。",
              "Go to a figure with the arrows, F8 says where it is from; Enter on an input opens its record or coefficient, Esc returns."),
         Text("按 Enter 看这一行：各口径、饲草供需、历年、存疑之处。", "Enter opens the row: every view, forage, the years, what is in doubt."),
         Text("成为决定的结果用“固定这个结果”保存，多年后可以重算到最后一位。",
              "Freeze a result that becomes a decision: it can be worked out again to the last digit, years later."),
         Text("合计行的各数是上列各行之和；超载率是同一行的存栏对载畜量，不是平均，存栏和载畜量户数不同时另列可算的户(存栏和载畜量都有)；"
              "已认可与未认可的分开。",
              "Sums are of the rows above; a rate is the stock of its line to the capacity of its line, never an average. Where they "
              "are not of the same households, those with both stand in a line of their own; accepted and entered stay apart."),
         Text("“⚠ 存疑”：用了未核实的系数或缺资料，可以看，上报前须核实。",
              "⚠ in doubt: an unverified coefficient, or something missing; verify before sending."))),
    "carbon": Help(
        Text("三本账分开记：储量、土壤碳年变化、牲畜排放。每个数都带 95% 范围，范围重叠的不排名次；三本账从不相加。",
             "Three ledgers apart: stock, yearly change of soil carbon, livestock emissions. Every figure has its 95 % range; "
             "where ranges overlap nothing is ranked, and the ledgers are never added."),
        (Text("没有数字时，先按提示补齐计算方案、样地、土样、碳汇登记或清点。",
              "Without figures, fill in what the tab names: scheme, plots, soil samples, registrations or counts."),
         Text("按 F8 看一个数怎么来的；在来源上按 Enter 打开那条记录或系数，Esc 返回。",
              "F8 says where a figure is from; Enter on an input opens its record or coefficient, Esc returns."),
         Text("“换系数看看”换 IPCC 版本、GWP 等试算，不会保存；固定结果前先恢复方案的选择。",
              "“Try other coefficients” changes edition, potentials and the like for looking; nothing is saved, nor can it be frozen."),
         Text("“情景”里选地块、措施、年数，看会改变多少；假定写在结果下面，情景不是预测。",
              "Under “What if” choose parcels, a measure and years; what is assumed stands below. A scenario is no forecast."))),
    "targets": Help(
        Text("目标、实际、差距、趋势、原因、措施、期限在一张表里；下级目标排在上级下面。没有目标、没有实际值都不是零。",
             "Goal, actual, gap, trend, cause, measure and deadline in one table, each target below its parent. No target and no "
             "actual value are not zero."),
        (Text("目标由旗县下达，随回执到达；没有目标的指标排在最后，不算未达到。",
              "Targets come from the county with its receipts; indicators without one stand last and are no failure."),
         Text("按 F8 看差距怎么来的；在实际值上按 Enter 看它由哪些记录算得，Esc 返回。",
              "F8 says where a gap is from; Enter on the actual value leads to the records it was worked out from, Esc returns."),
         Text("按 Enter 看这个目标：最初的目标值、每次调整的原因、历年、分解缺口。",
              "Enter opens the target: its first value, the reason of every revision, the years, what was not handed down."),
         Text("按 Ctrl+N 写差距分析，实际值和来源已按记录填好，请核对后写原因、措施和期限。",
              "Ctrl+N writes the assessment; actual value and source are filled in from the records. Check them, add cause, measure "
              "and deadline."),
         Text("成为决定的差距用“固定这个结果”保存；在“草畜平衡”页的“固定的计算结果”里可以重新核算。",
              "Freeze a gap that becomes a decision; under Frozen results on the Balance page it is worked out again."))),
    "standards": Help(
        Text("计算用的全部系数：出自哪个标准哪一条、核实到什么程度；每年用哪些，由“计算方案”选定。",
             "Every coefficient used: from which standard and clause, how far verified. The calculation scheme chooses among them."),
        (Text("按 Enter 打开一个系数集，看每一行的数值、范围、出处和标记。", "Enter opens a set: value, range, source and mark of each row."),
         Text("⚠ 表示没有核实：可以计算和查看，上报前要核实或确认。",
              "⚠ means unverified: you may compute and look; verify or confirm before sending."),
         Text("旗县对照原文核实后，点“做新的一版”：在原值旁填新值、条款、出处、核实人。旧版永远不改，用它算的结果可以重算。",
              "A county that has verified figures makes a new edition: new values beside the old, clause, source, verifier. The old "
              "edition never changes, so its results can be worked out again."),
         Text("在“计算方案”里选定当年的系数集；不同标准的羊单位不能混用。",
              "Choose the year's sets under Calculation schemes; sheep units of different standards are never mixed."))),
    "exchange": Help(
        Text("与县里交换：打包、上报、导入回执。", "Exchange with the county: pack, send, take receipts."),
        (Text("第一次：导出本站身份卡交给县里，再登记县里的身份卡。", "First time: hand your card to the county, then take theirs."),
         Text("点“打包上报”：先看合计与上次的比较和最大的变化，再把新记录打成一个签名的包，存到 U 盘或网络文件夹。",
              "Build the package: look at the totals beside the last time's and the largest changes, then new records go, signed, onto "
              "a stick or folder."),
         Text("县里交回回执文件，点“导入回执或同事的包”，状态随之更新。", "Take the county's receipt file; the states follow."))),
    "inbox": Help(
        Text("接收各站的上报包。先看会改变什么，再接收。", "Take packages in: see first what would change, then apply."),
        (Text("把包文件拖到这里，或点“打开上报包”。", "Drop a package here or open it."),
         Text("核对签名、数量、合计与上次的比较和最大的变化，点“接收”。",
              "Look at signature, counts, totals beside the last time's and the largest changes, then apply."),
         Text("把生成的回执交回该站。", "Hand the receipt back to the station."))),
    "stations": Help(Text("已登记的站、最近一次上报和缺号。", "Registered stations, their last package and gaps."),
                     (Text("第一次收某站的包之前，先登记它的身份卡。", "Register a station's card before its first package."),)),
    "settings": Help(
        Text("姓名、语言、外观、备份、更新、检查、代码表和版本。", "Name, language, look, backup, updates, health, code lists, version."),
        (Text("全部时间都是北京时间，日期按北京时间的日子算，与电脑设的时区无关；电脑的时钟不对时，打开时会说明。",
              "Every time is Beijing time and every day the Beijing day, whatever zone the computer is set to; a wrong clock is named "
              "when the program opens."),
         Text("“备份到 U 盘”：每周一次，U 盘与电脑分开放。", "Back up to a stick once a week; keep the stick apart from the machine."),
         Text("“更新”：插上带更新文件的 U 盘，点“查找更新”。先核对签名，再备份，然后安装；旧的、别家的、损坏的文件都不会安装。",
              "Updates: put in a stick with an update file and look for it. It is checked, the workspace is backed up, then it is "
              "installed; older, foreign and damaged files are refused."),
         Text("要回到旧版本：装回旧版本，再用 grassland-station restore 恢复更新前的备份（backups 文件夹）。",
              "To go back: install the old version again and restore the copy from before the update (folder backups) with "
              "grassland-station restore."))),
    "worklist": Help(Text("草稿、待复核、退回、冲突：点一条就到那里。", "Drafts, to review, returned, conflicts: open one to go there.")),
}  # fmt: skip
