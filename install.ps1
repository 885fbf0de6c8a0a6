<#
.SYNOPSIS
    Installs ollama-proxy as a background service and starts it.
.DESCRIPTION
    With administrator rights and NSSM, it is installed as a Windows service that starts at boot. Otherwise, it is installed as a
    scheduled task that starts at logon. Both use ollama-proxy.yaml in your user profile. To update, run the script of the new version.
.PARAMETER Uninstall
    Removes the service or the task. Keeps ollama-proxy.yaml.
.EXAMPLE
    powershell -ExecutionPolicy Bypass -File .\install.ps1
.EXAMPLE
    .\install.ps1 -WhatIf
    Shows the steps without running them.
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess)]
param(
    [switch] $Uninstall
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# In a release, the program is next to this script. In a clone, it is in dist.
$places = @((Join-Path $PSScriptRoot 'ollama-proxy.exe'), (Join-Path $PSScriptRoot 'dist/ollama-proxy.exe'))
$program = $places | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
if (-not $program) {
    throw 'Cannot find ollama-proxy.exe; put it in the same folder as install.ps1'
}
# Windows asks for confirmation before it starts a file that a browser downloaded. A service cannot confirm.
Unblock-File -LiteralPath $program

$action = 'install'
if ($Uninstall) {
    $action = 'uninstall'
}
$words = @('service', $action)
if (-not $PSCmdlet.ShouldProcess($program, $action)) {
    $words += '--dry-run'
}
& $program $words
if ($LASTEXITCODE -ne 0) {
    throw "Cannot $action ollama-proxy: exit code $LASTEXITCODE; see the message above"
}
