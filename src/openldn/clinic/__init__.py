"""The walking clinic: a web application in which prescriber and patient live with a plan.

Views find a row, convert it to a value of the core, call one function of the core and render. No dose,
verdict or proposal is made here.
"""
